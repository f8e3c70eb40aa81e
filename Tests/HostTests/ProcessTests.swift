import Glibc
import Testing

@testable import Host

@Suite struct ProcessTests {
  /// Anybody can have anything in their environment.
  @Test func onlyTheUsersProcessesSpeakForThem() throws {
    let setting = "TIDELOCK_SOCKET=/tmp/speaks-for-\(getpid())"
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("60"), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup(setting), nil]
    defer { for text in arguments + environment { free(text) } }
    var child: pid_t = 0
    try #require(posix_spawn(&child, "/bin/sleep", nil, nil, &arguments, &environment) == 0)
    defer {
      kill(child, SIGKILL)
      var status: Int32 = 0
      waitpid(child, &status, 0)
    }
    #expect(ProcessTable.anyHas(setting: setting, userID: nil))
    #expect(ProcessTable.anyHas(setting: setting, userID: geteuid()))
    #expect(!ProcessTable.anyHas(setting: setting, userID: geteuid() + 1))
    #expect(!ProcessTable.anyHas(setting: setting + "x", userID: nil))
  }
}
