# expect: status=ok|killed|error again=any
# Codecs, hooks and imports of the interpreter's own, poisoned, hurt this interpreter.
import atexit
import codecs
import gc
import sys

codecs.register_error("backslashreplace", lambda error: 1 / 0)
codecs.register_error("strict", lambda error: ("\x1b", error.end))
sys.excepthook = sys.unraisablehook = lambda *_: 1 / 0
sys.addaudithook(lambda *_: None)
gc.callbacks.append(lambda *_: 1 / 0)
atexit.register(lambda: 1 / 0)
sys.meta_path.insert(0, None)
print(chr(56550))
