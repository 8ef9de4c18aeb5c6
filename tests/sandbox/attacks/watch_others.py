# expect: status=ok output=held
# Nobody watches which files others open.
import ctypes

libc = ctypes.CDLL(None)
watch = libc.inotify_init1(0)
for path in (neighbour_folder, canary_folder, "/tmp"):
    libc.inotify_add_watch(watch, path.encode(), 0xFFF) >= 0 and print("BREACH", path)
print("held")
