// Modules, libraries and their kernels.

public import CDriver
import SimulatedGPU

@c(cuModuleLoad) public func cuModuleLoad(
  _ module: UnsafeMutablePointer<CUmodule?>?, _ fname: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in try require(module).pointee = try d.moduleLoadFile(fname) }
}

@c(cuModuleLoadData) public func cuModuleLoadData(
  _ module: UnsafeMutablePointer<CUmodule?>?, _ image: UnsafeRawPointer?
) -> CUresult {
  call { d throws(Failure) in try require(module).pointee = try d.moduleLoad(image) }
}

@c(cuModuleLoadFatBinary) public func cuModuleLoadFatBinary(
  _ module: UnsafeMutablePointer<CUmodule?>?, _ fatCubin: UnsafeRawPointer?
) -> CUresult {
  call { d throws(Failure) in try require(module).pointee = try d.moduleLoad(fatCubin) }
}

@c(cuModuleLoadDataEx) public func cuModuleLoadDataEx(
  _ module: UnsafeMutablePointer<CUmodule?>?, _ image: UnsafeRawPointer?, _ numOptions: UInt32,
  _ options: UnsafeMutablePointer<CUjit_option>?,
  _ optionValues: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    let log = CompilerLog(numOptions, options, optionValues)
    try require(module).pointee = try d.moduleLoad(image) { log.write($0) }
  }
}

@c(cuModuleUnload) public func cuModuleUnload(_ hmod: CUmodule?) -> CUresult {
  call { d throws(Failure) in try d.moduleUnload(hmod) }
}

@c(cuModuleGetFunction) public func cuModuleGetFunction(
  _ hfunc: UnsafeMutablePointer<CUfunction?>?, _ hmod: CUmodule?, _ name: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in try require(hfunc).pointee = try d.moduleFunction(hmod, name) }
}

@c(cuModuleGetFunctionCount) public func cuModuleGetFunctionCount(
  _ count: UnsafeMutablePointer<UInt32>?, _ mod: CUmodule?
) -> CUresult {
  call { d throws(Failure) in
    try require(count).pointee = UInt32(try d.moduleFunctions(mod).count)
  }
}

@c(cuModuleEnumerateFunctions) public func cuModuleEnumerateFunctions(
  _ functions: UnsafeMutablePointer<CUfunction?>?, _ numFunctions: UInt32, _ mod: CUmodule?
) -> CUresult {
  call { d throws(Failure) in
    let all = try d.moduleFunctions(mod)
    let place = try require(functions)
    for (index, function) in all.prefix(Int(numFunctions)).enumerated() {
      place[index] = function
    }
  }
}

@c(cuModuleGetGlobal_v2) public func cuModuleGetGlobal_v2(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytes: UnsafeMutablePointer<Int>?,
  _ hmod: CUmodule?, _ name: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in
    let variable = try d.moduleVariable(hmod, name)
    dptr?.pointee = variable.address
    bytes?.pointee = variable.bytes
  }
}

@c(cuModuleGetLoadingMode) public func cuModuleGetLoadingMode(
  _ mode: UnsafeMutablePointer<CUmoduleLoadingMode>?
) -> CUresult {
  call { d throws(Failure) in
    try require(mode).pointee = d.isLazy ? CU_MODULE_LAZY_LOADING : CU_MODULE_EAGER_LOADING
  }
}

@c(cuLibraryLoadData) public func cuLibraryLoadData(
  _ library: UnsafeMutablePointer<CUlibrary?>?, _ code: UnsafeRawPointer?,
  _ jitOptions: UnsafeMutablePointer<CUjit_option>?,
  _ jitOptionsValues: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ numJitOptions: UInt32,
  _ libraryOptions: UnsafeMutablePointer<CUlibraryOption>?,
  _ libraryOptionValues: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ numLibraryOptions: UInt32
) -> CUresult {
  call { d throws(Failure) in
    let log = CompilerLog(numJitOptions, jitOptions, jitOptionsValues)
    try require(library).pointee = try d.libraryLoad(code) { log.write($0) }
  }
}

@c(cuLibraryUnload) public func cuLibraryUnload(_ library: CUlibrary?) -> CUresult {
  call { d throws(Failure) in try d.libraryUnload(library) }
}

@c(cuLibraryGetKernel) public func cuLibraryGetKernel(
  _ pKernel: UnsafeMutablePointer<CUkernel?>?, _ library: CUlibrary?, _ name: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in try require(pKernel).pointee = try d.libraryKernel(library, name) }
}

@c(cuLibraryGetModule) public func cuLibraryGetModule(
  _ pMod: UnsafeMutablePointer<CUmodule?>?, _ library: CUlibrary?
) -> CUresult {
  call { d throws(Failure) in try require(pMod).pointee = try d.libraryModule(library) }
}

@c(cuLibraryGetGlobal) public func cuLibraryGetGlobal(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytes: UnsafeMutablePointer<Int>?,
  _ library: CUlibrary?, _ name: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in
    let variable = try d.moduleVariable(try d.libraryModule(library), name)
    dptr?.pointee = variable.address
    bytes?.pointee = variable.bytes
  }
}

@c(cuLibraryGetKernelCount) public func cuLibraryGetKernelCount(
  _ count: UnsafeMutablePointer<UInt32>?, _ lib: CUlibrary?
) -> CUresult {
  call { d throws(Failure) in try require(count).pointee = try d.libraryKernelCount(lib) }
}

@c(cuKernelGetFunction) public func cuKernelGetFunction(
  _ pFunc: UnsafeMutablePointer<CUfunction?>?, _ kernel: CUkernel?
) -> CUresult {
  call { d throws(Failure) in try require(pFunc).pointee = try d.kernelFunction(kernel) }
}

@c(cuKernelGetLibrary) public func cuKernelGetLibrary(
  _ pLib: UnsafeMutablePointer<CUlibrary?>?, _ kernel: CUkernel?
) -> CUresult {
  call { d throws(Failure) in try require(pLib).pointee = try d.kernelLibrary(kernel) }
}

@c(cuKernelGetName) public func cuKernelGetName(
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ hfunc: CUkernel?
) -> CUresult {
  call { d throws(Failure) in try require(name).pointee = try d.kernelName(hfunc) }
}

@c(cuKernelGetAttribute) public func cuKernelGetAttribute(
  _ pi: UnsafeMutablePointer<Int32>?, _ attrib: CUfunction_attribute, _ kernel: CUkernel?,
  _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(pi).pointee = try d.functionAttribute(kernel, attrib) }
}

@c(cuKernelSetAttribute) public func cuKernelSetAttribute(
  _ attrib: CUfunction_attribute, _ val: Int32, _ kernel: CUkernel?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try d.functionSetAttribute(kernel, attrib, val) }
}

@c(cuKernelSetCacheConfig) public func cuKernelSetCacheConfig(
  _ kernel: CUkernel?, _ config: CUfunc_cache, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try d.checkFunction(kernel) }
}

@c(cuKernelGetParamCount) public func cuKernelGetParamCount(
  _ kernel: CUkernel?, _ paramCount: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in try require(paramCount).pointee = try d.parameterCount(kernel) }
}

@c(cuKernelGetParamInfo) public func cuKernelGetParamInfo(
  _ kernel: CUkernel?, _ paramIndex: Int, _ paramOffset: UnsafeMutablePointer<Int>?,
  _ paramSize: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let parameter = try d.parameter(kernel, paramIndex)
    try require(paramOffset).pointee = parameter.offset
    paramSize?.pointee = parameter.size
  }
}
