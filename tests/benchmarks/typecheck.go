// Type-checks the packages of some files and prints the errors that lie in them. Imports of the same module are checked from source;
// everything else is faked, so no dependency has to be there.
//
//	go run typecheck.go ROOT FILE...
package main

import (
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
		return l.check(directory, path, false, func(error) {}), nil
	}
	if !strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
		if found, err := l.standard.Import(path); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("not part of the module: %s", path)
}

func (l *loader) check(directory, path string, tests bool, report func(error)) *types.Package {
	names, _ := filepath.Glob(filepath.Join(directory, "*.go"))
	byPackage := map[string][]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") && !tests {
			continue
		}
		file, err := parser.ParseFile(l.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			report(err)
		}
		if file != nil {
			byPackage[file.Name.Name] = append(byPackage[file.Name.Name], file)
		}
	}
	var best *types.Package
	most := -1
	for _, files := range byPackage {
		config := types.Config{Importer: l, Error: report, FakeImportC: true, IgnoreFuncBodies: !tests}
		checked, _ := config.Check(path, l.files, files, nil)
		if len(files) > most {
			best, most = checked, len(files)
		}
	}
	if best != nil && !tests {
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
	wanted, directories := map[string]bool{}, map[string]bool{}
	for _, path := range os.Args[2:] {
		wanted[path] = true
		directories[filepath.Dir(path)] = true
	}
	for directory := range directories {
		l.check(filepath.Join(root, directory), module+"/"+directory, true, func(err error) {
			if typed, ok := err.(types.Error); ok {
				position := files.Position(typed.Pos)
				relative, _ := filepath.Rel(root, position.Filename)
				if wanted[relative] {
					fmt.Printf("%s:%d:%d: %s\n", relative, position.Line, position.Column, typed.Msg)
				}
			}
		})
	}
}
