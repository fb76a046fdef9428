// Runs Python code that arrives on standard input: any size, nothing on disk, and the rest of the input is the program's.

/**
 * Arguments: the number of bytes of code, and the mark to print before a syntax error. The code runs as `__main__` under the file name
 * `[code]`, whose lines tracebacks and `inspect` find through the loader. Standard output is flushed line by line, as on a terminal.
 */
export const pythonLauncher = `
def launch():
    import os, sys
    size, mark, name, space = int(sys.argv[1]), sys.argv[2], '[code]', globals()
    sys.argv[:] = ['-c']
    source = bytearray()
    while len(source) < size:
        piece = os.read(0, min(size - len(source), 1 << 20))
        if not piece:
            break
        source += piece
    try:
        program = compile(bytes(source), name, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        import traceback
        sys.stderr.write(mark + ''.join(traceback.format_exception_only(type(error), error)))
        sys.exit(1)
    class Loader:
        def get_source(self, fullname=None):
            return source.decode('utf-8', 'replace')
    def show(kind, error, trace):
        import traceback
        while trace is not None and trace.tb_frame.f_code.co_filename == '<string>':
            trace = trace.tb_next
        traceback.print_exception(kind, error, trace)
    sys.excepthook = show
    sys.stdout.reconfigure(line_buffering=True)
    space['__loader__'] = Loader()
    del space['launch']
    exec(program, space)
launch()
`;
