// Tells what names lead to: reads `file TAB line TAB name` lines, prints each with ` TAB file:line` of the declaration,
// `elsewhere` for what another module declares, or nothing where that cannot be told. Loads as typecheck.go does.
//
//	go run definitions.go ROOT < NAMES
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

type loader struct {
	root, module string
	files        *token.FileSet
	done         map[string]*types.Package
	standard     types.Importer
}

func (l *loader) Import(path string) (*types.Package, error) {
	if found, ok := l.done[path]; ok {
		return found, nil
	}
	if path == l.module || strings.HasPrefix(path, l.module+"/") {
		l.done[path] = types.NewPackage(path, filepath.Base(path))
		directory := filepath.Join(l.root, strings.TrimPrefix(strings.TrimPrefix(path, l.module), "/"))
		return l.check(directory, path, nil), nil
	}
	if !strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
		if found, err := l.standard.Import(path); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("not part of the module: %s", path)
}

// check type-checks a directory, with its tests and function bodies when `uses` is there to be filled.
func (l *loader) check(directory, path string, uses map[*ast.Ident]types.Object) *types.Package {
	names, _ := filepath.Glob(filepath.Join(directory, "*.go"))
	byPackage := map[string][]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") && uses == nil {
			continue
		}
		if file, _ := parser.ParseFile(l.files, name, nil, parser.SkipObjectResolution); file != nil {
			byPackage[file.Name.Name] = append(byPackage[file.Name.Name], file)
		}
	}
	var best *types.Package
	most := -1
	for _, files := range byPackage {
		config := types.Config{Importer: l, Error: func(error) {}, FakeImportC: true, IgnoreFuncBodies: uses == nil}
		checked, _ := config.Check(path, l.files, files, &types.Info{Uses: uses})
		if len(files) > most {
			best, most = checked, len(files)
		}
	}
	if best != nil && uses == nil {
		l.done[path] = best
	}
	return best
}

func main() {
	root := os.Args[1]
	text, _ := os.ReadFile(filepath.Join(root, "go.mod"))
	module := "none"
	if match := regexp.MustCompile(`(?m)^module\s+(\S+)`).FindSubmatch(text); match != nil {
		module = string(match[1])
	}
	files := token.NewFileSet()
	l := &loader{root, module, files, map[string]*types.Package{}, importer.ForCompiler(files, "source", nil)}
	asked, directories := []string{}, map[string]bool{}
	for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
		asked = append(asked, scanner.Text())
		directories[filepath.Dir(strings.Split(scanner.Text(), "\t")[0])] = true
	}
	found := map[string]string{}
	for directory := range directories {
		uses := map[*ast.Ident]types.Object{}
		l.check(filepath.Join(root, directory), module+"/"+directory, uses)
		for name, object := range uses {
			at := files.Position(name.Pos())
			relative, _ := filepath.Rel(root, at.Filename)
			found[fmt.Sprintf("%s\t%d\t%s", relative, at.Line, name.Name)] = l.place(object)
		}
	}
	for _, line := range asked {
		fmt.Printf("%s\t%s\n", line, found[line])
	}
}

func (l *loader) place(object types.Object) string {
	if function, ok := object.(*types.Func); ok {
		object = function.Origin()
	}
	at := l.files.Position(object.Pos())
	relative, err := filepath.Rel(l.root, at.Filename)
	if err != nil || !at.IsValid() || strings.HasPrefix(relative, "..") {
		return "elsewhere"
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(relative), at.Line)
}
