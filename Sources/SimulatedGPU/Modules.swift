public import CDriver
internal import Glibc
internal import PTX

/// A loaded module: its kernels and where its variables lie.
final class ModuleObject: DriverObject, @unchecked Sendable {
  let context: Context
  let program: Module
  let variables: [CUdeviceptr]
  var unswappableBytes: UInt64
  var functions: [String: Function] = [:]

  init(_ context: Context, _ program: Module, _ variables: [CUdeviceptr], _ bytes: UInt64) {
    self.context = context
    self.program = program
    self.variables = variables
    unswappableBytes = bytes
  }
}

/// A kernel of a module.
final class Function: DriverObject, @unchecked Sendable {
  let module: ModuleObject
  let kernel: Kernel
  /// The kernel's name, as the client may read it while the module lives.
  let name: UnsafeMutablePointer<CChar>
  var dynamicSharedLimit: Int32
  var carveout: Int32 = -1
  var former = FormerLaunch()
  var isLoaded: Bool

  init(_ module: ModuleObject, _ kernel: Kernel, isLoaded: Bool) {
    self.module = module
    self.kernel = kernel
    self.isLoaded = isLoaded
    name = strdup(kernel.name)
    dynamicSharedLimit = Int32(max(0, 48 << 10 - kernel.staticSharedBytes))
  }

  deinit { Glibc.free(name) }
}

/// A library: a module that is loaded into each context at its first use.
final class Library: DriverObject, @unchecked Sendable {
  let program: Module
  var modules: [ObjectIdentifier: ModuleObject] = [:]
  var kernels: [String: LibraryKernel] = [:]

  init(_ program: Module) { self.program = program }
}

final class LibraryKernel: DriverObject, @unchecked Sendable {
  let library: Library
  let kernel: Kernel
  let name: UnsafeMutablePointer<CChar>

  init(_ library: Library, _ kernel: Kernel) {
    self.library = library
    self.kernel = kernel
    name = strdup(kernel.name)
  }

  deinit { Glibc.free(name) }
}

extension Driver {
  /// Loads PTX text. `log` gets what is wrong with it.
  public func moduleLoad(
    _ image: UnsafeRawPointer?, log: (String) -> Void = { _ in }
  ) throws(Failure) -> CUmodule {
    let context = try currentContext()
    try refuseUnsafeCall()
    let program = try parse(image, log: log)
    return table.add(try load(program, into: context))
  }

  public func moduleLoadFile(_ path: UnsafePointer<CChar>?) throws(Failure) -> CUmodule {
    guard let path else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Failure(CUDA_ERROR_FILE_NOT_FOUND) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size <= Limits.textBytes else {
      throw Failure(CUDA_ERROR_INVALID_IMAGE)
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
    var count = 0
    while count < bytes.count - 1 {
      let got = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress! + count, $0.count - 1 - count)
      }
      if got <= 0 { break }
      count += got
    }
    let image = UnsafeMutableRawPointer.allocate(byteCount: count + 1, alignment: 16)
    defer { image.deallocate() }
    bytes.withUnsafeBytes { image.copyMemory(from: $0.baseAddress!, byteCount: count + 1) }
    return try moduleLoad(image)
  }

  public func moduleUnload(_ handle: CUmodule?) throws(Failure) {
    let context = try currentContext()
    let module = try module(handle)
    synchronise(device: context.device)
    unload(module)
  }

  public func moduleFunction(
    _ handle: CUmodule?, _ name: UnsafePointer<CChar>?
  ) throws(Failure) -> CUfunction {
    _ = try currentContext()
    let module = try module(handle)
    guard let name else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return try function(String(cString: name), of: module)
  }

  public func moduleFunctions(_ handle: CUmodule?) throws(Failure) -> [CUfunction] {
    let module = try module(handle)
    var all: [CUfunction] = []
    for kernel in module.program.kernels { all.append(try function(kernel.name, of: module)) }
    return all
  }

  public func moduleVariable(
    _ handle: CUmodule?, _ name: UnsafePointer<CChar>?
  ) throws(Failure) -> (address: CUdeviceptr, bytes: Int) {
    _ = try currentContext()
    let module = try module(handle)
    guard let name else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    guard let (index, variable) = module.program.variable(named: String(cString: name)) else {
      throw Failure(CUDA_ERROR_NOT_FOUND)
    }
    return (module.variables[index], variable.byteCount)
  }

  public func libraryLoad(
    _ image: UnsafeRawPointer?, log: (String) -> Void = { _ in }
  ) throws(Failure) -> CUlibrary {
    table.add(Library(try parse(image, log: log)))
  }

  public func libraryUnload(_ handle: CUlibrary?) throws(Failure) {
    let library = try library(handle)
    for module in library.modules.values where module.context.handle != 0 {
      synchronise(device: module.context.device)
      unload(module)
    }
    for kernel in library.kernels.values { table.remove(kernel) }
    table.remove(library)
  }

  public func libraryKernel(
    _ handle: CUlibrary?, _ name: UnsafePointer<CChar>?
  ) throws(Failure) -> CUkernel {
    let library = try library(handle)
    guard let name else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let text = String(cString: name)
    if let known = library.kernels[text] { return OpaquePointer(bitPattern: known.handle)! }
    guard let kernel = library.program.kernel(named: text) else {
      throw Failure(CUDA_ERROR_NOT_FOUND)
    }
    let object = LibraryKernel(library, kernel)
    library.kernels[text] = object
    return table.add(object)
  }

  public func libraryModule(_ handle: CUlibrary?) throws(Failure) -> CUmodule {
    let module = try instance(of: try library(handle), in: try currentContext())
    return OpaquePointer(bitPattern: module.handle)!
  }

  public func libraryKernelCount(_ handle: CUlibrary?) throws(Failure) -> UInt32 {
    UInt32(try library(handle).program.kernels.count)
  }

  public func kernelFunction(_ handle: CUkernel?) throws(Failure) -> CUfunction {
    guard let object = table.find(handle, as: LibraryKernel.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    let module = try instance(of: object.library, in: try currentContext())
    return try function(object.kernel.name, of: module)
  }

  public func kernelLibrary(_ handle: CUkernel?) throws(Failure) -> CUlibrary {
    guard let object = table.find(handle, as: LibraryKernel.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    return OpaquePointer(bitPattern: object.library.handle)!
  }

  public func kernelName(_ handle: OpaquePointer?) throws(Failure) -> UnsafePointer<CChar> {
    if let object = table.find(handle, as: LibraryKernel.self) { return UnsafePointer(object.name) }
    return UnsafePointer(try function(handle).name)
  }

  func unloadModules(of context: Context) {
    for module in table.all(ModuleObject.self) where module.context === context { unload(module) }
    for library in table.all(Library.self) {
      library.modules[ObjectIdentifier(context)] = nil
    }
  }

  /// A function by its own handle or by a library kernel's, which means it in the current context.
  func function(_ handle: OpaquePointer?) throws(Failure) -> Function {
    if let function = table.find(handle, as: Function.self) { return function }
    guard table.find(handle, as: LibraryKernel.self) != nil else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    let own = try kernelFunction(handle)
    return table.find(own, as: Function.self)!
  }

  private func instance(of library: Library, in context: Context) throws(Failure) -> ModuleObject {
    if let module = library.modules[ObjectIdentifier(context)] { return module }
    let module = try load(library.program, into: context)
    _ = table.add(module)
    library.modules[ObjectIdentifier(context)] = module
    return module
  }

  private func module(_ handle: CUmodule?) throws(Failure) -> ModuleObject {
    guard let module = table.find(handle, as: ModuleObject.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    return module
  }

  private func library(_ handle: CUlibrary?) throws(Failure) -> Library {
    guard let library = table.find(handle, as: Library.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    return library
  }

  private func function(_ name: String, of module: ModuleObject) throws(Failure) -> CUfunction {
    if let known = module.functions[name] { return OpaquePointer(bitPattern: known.handle)! }
    guard let kernel = module.program.kernel(named: name) else {
      throw Failure(CUDA_ERROR_NOT_FOUND)
    }
    let function = Function(module, kernel, isLoaded: file[.lazyLoad] == 0)
    module.functions[name] = function
    return table.add(function)
  }

  private func parse(
    _ image: UnsafeRawPointer?, log: (String) -> Void
  ) throws(Failure) -> Module {
    guard let image else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let magic = image.loadUnaligned(as: UInt32.self)
    // Machine code, bare or in a container: there is no machine here to run it.
    if magic == 0x464c_457f || magic == 0xba55_ed50 || magic == 0x4662_43b1 {
      log("machine code cannot be loaded, only PTX text")
      throw Failure(CUDA_ERROR_NO_BINARY_FOR_GPU)
    }
    let count = strnlen(image.assumingMemoryBound(to: CChar.self), Limits.textBytes)
    let text = UnsafeBufferPointer(start: image.assumingMemoryBound(to: UInt8.self), count: count)
    if count == 0 { throw Failure(CUDA_ERROR_INVALID_IMAGE) }
    let program: Module
    do throws(PTXFault) {
      program = try Module(parsing: text)
    } catch {
      Report.line(error.description)
      log(error.description)
      throw Failure(CUDA_ERROR_INVALID_PTX)
    }
    guard let version = UInt64(program.version.prefix { $0 != "." }), !program.target.isEmpty else {
      log("a module needs .version and .target")
      throw Failure(CUDA_ERROR_INVALID_PTX)
    }
    // A driver 13 knows PTX up to 9.x, a driver 12 up to 8.x.
    if version + 4 > file[.api] / 1000 {
      log("PTX \(program.version) is newer than the driver")
      throw Failure(CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
    }
    return program
  }

  private func load(_ program: Module, into context: Context) throws(Failure) -> ModuleObject {
    let bytes = file[.module]
    guard file.takeUnswappable(bytes, device: context.device, process: processIndex) else {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    var variables: [CUdeviceptr] = []
    do throws(Failure) {
      for variable in program.variables {
        let address = try allocate(max(1, variable.byteCount), context, .module)
        variables.append(address)
        let place = space.pointer(address)
        memset(place, 0, variable.byteCount)
        variable.initial.withUnsafeBytes { initial in
          if let start = initial.baseAddress { memcpy(place, start, initial.count) }
        }
      }
    } catch {
      for address in variables { freeModuleVariable(address) }
      file.giveUnswappable(bytes, device: context.device, process: processIndex)
      throw error
    }
    return ModuleObject(context, program, variables, bytes)
  }

  private func unload(_ module: ModuleObject) {
    for function in module.functions.values { table.remove(function) }
    for address in module.variables { freeModuleVariable(address) }
    file.giveUnswappable(
      module.unswappableBytes, device: module.context.device, process: processIndex)
    table.remove(module)
  }
}
