// Tells what names lead to, as definitions.go does for Go: reads `file TAB line TAB name` lines, prints each with ` TAB file:line` of its
// declarations (several with spaces), `elsewhere` for what is not of the repository, or nothing where that cannot be told.
//
//     node definitions.cjs TYPESCRIPT ROOT PATHS_AS_JSON < NAMES
const [, , library, root, paths] = process.argv;
const ts = require(library);
const fs = require("fs");
const path = require("path");

const asked = fs.readFileSync(0, "utf8").split("\n").filter(Boolean);
const names = [...new Set(asked.map((line) => path.join(root, line.split("\t")[0])))];
const options = {
  allowJs: true, skipLibCheck: true, resolveJsonModule: true, esModuleInterop: true, noLib: false, types: [], paths: JSON.parse(paths),
  target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, jsx: ts.JsxEmit.Preserve,
};
const service = ts.createLanguageService({
  getScriptFileNames: () => names,
  getScriptVersion: () => "1",
  getScriptSnapshot: (name) => (fs.existsSync(name) ? ts.ScriptSnapshot.fromString(fs.readFileSync(name, "utf8")) : undefined),
  getCurrentDirectory: () => root,
  getCompilationSettings: () => options,
  getDefaultLibFileName: (o) => ts.getDefaultLibFilePath(o),
  fileExists: ts.sys.fileExists, readFile: ts.sys.readFile, readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists, getDirectories: ts.sys.getDirectories,
});
const program = service.getProgram();

function place(definition) {
  const relative = path.relative(root, definition.fileName);
  if (relative.startsWith("..")) return "elsewhere";
  const at = program.getSourceFile(definition.fileName).getLineAndCharacterOfPosition(definition.textSpan.start);
  return `${relative}:${at.line + 1}`;
}

for (const line of asked) {
  const [file, number, name] = line.split("\t");
  const whole = path.join(root, file);
  const source = program.getSourceFile(whole);
  const starts = source.getLineStarts();
  const text = source.text.slice(starts[number - 1], starts[number] ?? source.text.length);
  const found = [...text.matchAll(new RegExp(`(?<![\\w$])${name}(?![\\w$])`, "g"))].flatMap(
    (m) => service.getDefinitionAtPosition(whole, starts[number - 1] + m.index) ?? [],
  );
  console.log(`${line}\t${[...new Set(found.map(place))].join(" ")}`);
}
