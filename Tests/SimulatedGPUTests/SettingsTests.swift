import Glibc
import Testing

@testable import SimulatedGPU

@Suite struct SettingsTests {
  @Test func everyParameterIsRead() throws {
    let settings = try Settings(
      "/tmp/gpu,memory=96MiB,count=2,link=12GB/s,pinning=100ms,context=1MiB,module=64Ki,"
        + "lazy-load=2k,kernel=50us,delayed-release=5,api=12040,capability=8.6,window=1Gi,"
        + "fault=cuMemCreate:3:2,fault=cuMemMap:1+:999,hold=cuInit:2:50,handles=reused")
    #expect(settings.reusesHandles)
    #expect(settings.path == "/tmp/gpu")
    #expect(
      settings.given == [
        .memory: 96 << 20, .count: 2, .linkIn: 12_000_000_000, .linkOut: 12_000_000_000,
        .pinning: 100, .context: 1 << 20, .module: 64 << 10, .lazyLoad: 2000, .kernel: 50,
        .delayedRelease: 5, .api: 12040, .capability: 86, .window: 1 << 30,
      ])
    #expect(
      settings.faults == [
        InjectedFault(entry: "cuMemCreate", first: 3, andLater: false, effect: .code(2)),
        InjectedFault(entry: "cuMemMap", first: 1, andLater: true, effect: .code(999)),
        InjectedFault(entry: "cuInit", first: 2, andLater: false, effect: .holdMilliseconds(50)),
      ])
  }

  @Test func whatIsNotGivenHasDefaults() throws {
    let complete = try Settings("/tmp/gpu,memory=128MiB").complete()
    #expect(complete[.context] == 2 << 20)
    #expect(complete[.count] == 1)
    #expect(complete[.linkIn] == 0)
    #expect(complete.count == Parameter.allCases.count)
  }

  @Test(arguments: [
    ("", "path"), (",memory=96MiB", "path"), ("/g,memory", "parameter=value"),
    ("/g,memory=", "quantity"), ("/g,memory=96MB", "multiple of 2MiB"),
    ("/g,memory=96Zi", "quantity"), ("/g,memory=-1", "quantity"), ("/g,memory=0", "outside"),
    ("/g,memory=99999999999999999999", "quantity"), ("/g,memory=9999999999Ti", "too large"),
    ("/g,colour=red", "'colour' is not a parameter"), ("/g,count=17", "outside"),
    ("/g,count=1,count=2", "twice"), ("/g,count=x", "whole number"),
    ("/g,capability=9", "9.0"), ("/g,fault=cuMemCreate:0:2", "ENTRY:NTH:NUMBER"),
    ("/g,fault=malloc:1:2", "ENTRY:NTH:NUMBER"), ("/g,fault=cuInit:1:0", "ENTRY:NTH:NUMBER"),
    ("/g,hold=cuInit:1:60001", "60000"),
    ("/g,link=1GB/s,link-in=2GB/s", "link-in is given twice"), ("/g,", "parameter=value"),
  ])
  func aBadWordIsNamed(text: String, part: String) {
    let error = #expect(throws: SettingsError.self) { _ = try Settings(text) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }
}

@Suite struct DeviceFileTests {
  @Test func theCreatorFixesTheParameters() throws {
    let path = Bench.freshPath()
    defer { unlink(path) }
    let first = try DeviceFile.open(try Settings("\(path),memory=16MiB"))
    let second = try DeviceFile.open(try Settings(path))
    #expect(second.memoryBytes == 16 << 20)
    #expect(second.uuidText(ofDevice: 0) == first.uuidText(ofDevice: 0))
    let error = #expect(throws: SettingsError.self) {
      _ = try DeviceFile.open(try Settings("\(path),memory=32MiB"))
    }
    #expect(error?.description.contains("16777216") == true)
    #expect(error?.description.contains("33554432") == true)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func manyFirstUsersMakeOneFile() throws {
    let path = Bench.freshPath()
    defer { unlink(path) }
    let settings = try Settings("\(path),memory=16MiB")
    let identities = Shared<[UInt64]>([])
    for _ in 0..<8 {
      let started = Worker.start {
        let file = try? DeviceFile.open(settings)
        identities.with { $0.append(file?.identity.0 ?? 0) }
      }
      #expect(started)
    }
    #expect(eventually { identities.with { $0.count } == 8 })
    #expect(identities.with { Set($0).count } == 1)
    #expect(identities.with { $0.first } != 0)
  }

  @Test(arguments: [0, 100, 100_000])
  func anotherFileIsRefused(bytes: Int) throws {
    let path = Bench.freshPath()
    defer { unlink(path) }
    let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    ftruncate(descriptor, off_t(bytes))
    close(descriptor)
    let error = #expect(throws: SettingsError.self) {
      _ = try DeviceFile.open(try Settings(path))
    }
    #expect(error?.description.contains("not a simulated GPU") == true)
  }

  @Test func theLockOutlivesItsHolder() throws {
    let bench = try Bench()
    let file = bench.driver.file
    let done = Shared(false)
    // A thread that ends inside is what the death of a process is to the lock.
    #expect(
      Worker.start {
        file.locked {
          done.with { $0 = true }
          pthread_exit(nil)
        }
      })
    #expect(eventually { done.with { $0 } })
    #expect(file.freeBytes(ofDevice: 0) == 32 << 20)
    #expect(file.freeBytes(ofDevice: 0) == 32 << 20)
  }
}
