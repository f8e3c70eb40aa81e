internal import Faults
internal import Glibc
public import SystemPackage

/// Places that only root can change.
public enum RootsPath {
  /// Whether nobody but root can ever have the path name something else: every component is a
  /// directory of root's that no other user may write in, a sticky one neither, and none is a link.
  /// What is not there yet root will make, in one that is.
  public static func isExclusive(_ path: FilePath) -> Bool {
    guard path.isAbsolute, !path.components.contains(where: { $0.kind == .parentDirectory }) else {
      return false
    }
    var place = path
    repeat {
      var status = stat()
      let isThere = place.withPlatformString { name in
        (fault(417) ? stat(name, &status) : lstat(name, &status)) == 0
      }
      guard isThere ? isRoots(status) : errno == ENOENT else { return false }
    } while place.removeLastComponent()
    return true
  }

  private static func isRoots(_ status: stat) -> Bool {
    status.st_mode & S_IFMT == S_IFDIR && status.st_uid == 0 && status.st_mode & S_IWOTH == 0
      && (status.st_mode & S_IWGRP == 0 || status.st_gid == 0)
  }
}
