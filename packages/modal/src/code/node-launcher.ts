// Runs Node code that arrives on standard input: CommonJS, or an ES module where it does not parse as CommonJS.

// Where neither form parses, the parser whose complaint is not about being the other form has the say; Node prints it.

/**
 * Arguments: the number of bytes of code, and the mark to print before a syntax error. CommonJS runs as the main module `[code]` of the
 * working directory. An ES module has to be a file to be imported: it lies in the working directory, else in the temporary one,
 * and is deleted before its first statement runs, by an import in front of it. Needs `--experimental-vm-modules`, for the parser.
 */
export const nodeLauncher = `
const fs = require('fs'), os = require('os'), path = require('path'), url = require('url'), vm = require('vm'), Module = require('module');
const [size, mark] = [Number(process.argv[1]), process.argv[2]];
const bytes = Buffer.alloc(size);
for (let read = 0; read < size; ) {
  try {
    const count = fs.readSync(0, bytes, read, size - read, null);
    if (count === 0) break;
    read += count;
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
}
const code = bytes.toString().replace(/^#!/, '//');
const file = path.join(process.cwd(), '[code]');
process.argv = [process.execPath, file];
process.execArgv = [];
const parse = (read) => {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error;
  } finally {
    process.emitWarning = warn;
  }
};
const asCommonJs = parse(() => vm.compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file }));
const asModule = asCommonJs && parse(() => new vm.SourceTextModule(code, { identifier: file }));
if (!asCommonJs) {
  const main = new Module(file, null);
  main.filename = file;
  main.paths = Module._nodeModulePaths(process.cwd());
  process.mainModule = main;
  main._compile(code, file);
} else if (asModule && asModule.message === asCommonJs.message) {
  fs.writeSync(2, mark);
  throw asCommonJs;
} else {
  if (asModule) fs.writeSync(2, mark);
  runModule();
}
function runModule() {
  const name = '.computesdk-' + process.pid + '-' + Date.now() + '.mjs';
  const first = 'import "data:text/javascript,globalThis[Symbol.for(%22' + name + '%22)]()";';
  const write = (directory) => {
    const target = path.join(directory, name);
    fs.writeFileSync(target, first + code, { flag: 'wx' });
    return target;
  };
  let target;
  try {
    target = write(process.cwd());
  } catch {
    target = write(os.tmpdir());
  }
  const remove = () => fs.rmSync(target, { force: true });
  globalThis[Symbol.for(name)] = remove;
  process.argv[1] = target;
  import(url.pathToFileURL(target)).finally(remove);
}
`;
