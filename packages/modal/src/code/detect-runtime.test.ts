import { describe, expect, test } from 'vitest';

import { detectRuntime } from './detect-runtime.js';

describe('Python, although a Node sandbox would run it', () => {
  test.each([
    'print("hi")',
    'import os',
    'import numpy as np\nx = np.zeros(3)',
    'from os import path',
    'def add(a, b):\n    return a + b\nprint(add(1, 2))',
    '# uses process.env and console.log\nprint(1)',
    'print("const a = 1; console.log(a)")',
    'for i in range(3):\n    print(i)',
    'x = f"{1 + 1}"\nprint(x)',
    'if __name__ == "__main__":\n    pass',
    'class A:\n    pass',
    'process = 1\nprint(process)',
    '"""\nfunction () { return 1; }\n"""\nprint(1)',
    'x = None',
    'import json\nprint(json.dumps({"a": None}))',
    'total = 7 // 2\nprint(total)',
    '#!/usr/bin/env python3\nx = 1',
    'with open("/tmp/a") as f:\n    data = f.read()',
    'import subprocess\nresult = subprocess.run(["node", "-e", "console.log(1)"], capture_output=True)\nprint(result.stdout)',
  ])('%j', (code) => expect(detectRuntime(code, 'node')).toBe('python'));
});

describe('Node, although a Python sandbox would run it', () => {
  test.each([
    'const a = 1',
    'console.log("hi")',
    'console.log("print(1)")',
    '// import os\nconsole.log(1)',
    'let x = [1, 2].map((n) => n * 2)',
    "import fs from 'node:fs';\nfs.readFileSync('/etc/hostname')",
    "const fs = require('fs');",
    'function add(a, b) {\n  return a + b;\n}',
    'export default 1',
    'async function main() { await fetch("https://example.com"); }\nmain();',
    'class A {\n  #x = 1;\n  get() { return this.#x; }\n}\nnew A()',
    '#!/usr/bin/env node\nx = 1',
    'if (a === b) {\n  process.exit(1);\n}',
    'process.stdout.write(`def f(): pass`)',
    'for (const x of [1]) console.log(x)',
    'var s = "def f():"',
  ])('%j', (code) => expect(detectRuntime(code, 'python')).toBe('node'));
});

test.each(['', '1 + 1', 'x = 1', 'invalid python code', 'foo(bar)'])('%j tells nothing: the sandbox decides', (code) => {
  expect(detectRuntime(code, 'python')).toBe('python');
  expect(detectRuntime(code, 'node')).toBe('node');
});
