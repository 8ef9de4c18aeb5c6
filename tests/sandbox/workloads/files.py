# Folders, copies, locks, archives, temporary files, memory maps, torch and NumPy files.
import fcntl, glob, mmap, os, pathlib, shutil, tempfile, zipfile, tarfile
import numpy

torch.save({"x": torch.ones(3)}, "x.pt")
torch.load("x.pt"), torch.load("x.pt", mmap=True)
shutil.copy2("x.pt", "y.pt"), shutil.move("y.pt", "z.pt")
os.mkdir("tree"), shutil.copytree("tree", "tree2"), shutil.rmtree("tree2")
numpy.save("n.npy", numpy.ones(4)), numpy.load("n.npy", mmap_mode="r+")
numpy.memmap("m", dtype="f4", mode="w+", shape=(10,)).flush()
with zipfile.ZipFile("a.zip", "w") as archive:
    archive.write("x.pt")
with tarfile.open("a.tar.gz", "w:gz") as archive:
    archive.add("x.pt")
with tarfile.open("a.tar.gz") as archive:
    archive.extractall("out")
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
    file.write(b"x"), file.flush(), os.fsync(file.fileno()), os.truncate(file.name, 0)
    fcntl.flock(file, fcntl.LOCK_EX), fcntl.lockf(file, fcntl.LOCK_EX)
mmap.mmap(-1, 4096).madvise(mmap.MADV_DONTNEED)
os.symlink("x.pt", "link"), os.readlink("link"), os.chmod("x.pt", 0o600), os.utime("x.pt")
os.link("x.pt", "hard"), os.rename("hard", "soft"), os.listxattr("x.pt"), os.mkfifo("fifo")
os.statvfs("."), shutil.disk_usage("."), os.path.exists("nowhere"), os.access("x.pt", os.R_OK)
list(pathlib.Path().rglob("*")), glob.glob("*"), os.get_blocking(0), os.isatty(1)
descriptor = os.open("x.pt", os.O_RDWR)
(
    os.pread(descriptor, 4, 0),
    os.preadv(descriptor, [bytearray(4)], 0),
    os.pwritev(descriptor, [b"x"], 0),
)
os.posix_fallocate(descriptor, 0, 8192), os.posix_fadvise(descriptor, 0, 0, 0)
os.sendfile(os.open("sent", os.O_CREAT | os.O_WRONLY), descriptor, 0, 10)
os.copy_file_range(descriptor, os.open("copied", os.O_CREAT | os.O_WRONLY), 10, 0)
"done"
