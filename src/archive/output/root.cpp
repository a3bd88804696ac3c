#include "archive/output/root.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "archive/output/files.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// False if nothing is there. Links are followed: the user chose them.
bool is_there(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode)) throw Error(ErrorKind::io, path.string(), "", "not a directory");
    return true;
  }
  if (errno == ENOENT && ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    throw Error(ErrorKind::io, path.string(), "", "a symbolic link that leads nowhere");
  // Where a file takes the place of a directory, it is found further up.
  if (errno != ENOENT && errno != ENOTDIR) fail_at(path, "cannot stat", errno);
  return false;
}

}  // namespace

void check_root(const fs::path& root) {
  fs::path nearest = root;
  while (!is_there(nearest)) {
    const fs::path parent = parent_of(nearest);
    if (parent == nearest) fail_at(root, "cannot stat", ENOENT);
    nearest = parent;
  }
  // What is in the tree has to be listed; above it this is nobody's business.
  const int wanted = W_OK | X_OK | (nearest == root ? R_OK : 0);
  if (::faccessat(AT_FDCWD, nearest.c_str(), wanted, AT_EACCESS) != 0) fail_at(nearest, "cannot write there", errno);
}

MadeDirectories::~MadeDirectories() {
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
}

void MadeDirectories::make(const fs::path& path) {
  if (is_there(path)) return;
  const fs::path parent = parent_of(path);
  if (parent != path) make(parent);
  if (::mkdir(path.c_str(), output_directory_mode) != 0) {
    // Another run may just have made it.
    if (errno == EEXIST && is_there(path)) return;
    fail_at(path, "cannot make the directory", errno);
  }
  made_.push_back(path);
  if (::chmod(path.c_str(), output_directory_mode) != 0) fail_at(path, "cannot set its mode", errno);
}

io::FileDescriptor lock_root(const fs::path& root) {
  io::FileDescriptor fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) fail_at(root, "cannot open", errno);
  // A run that made the directory and failed has removed it; the lock of one that is removed keeps nobody out.
  if ((::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || !is_same_directory(fd.get(), root))
    throw Error(ErrorKind::io, root.string(), "", "another run is writing there");
  return fd;
}

bool is_same_directory(int fd, const fs::path& root) noexcept {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(root.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace minbtf::archive
