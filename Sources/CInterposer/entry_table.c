// Written by Catalogue/generate.py from Catalogue/. Do not edit.
#include "entry_table.h"

const char tidelock_entry_text[16536] =
    "cuArray3DCreate\0"
    "cuArray3DCreate_v2\0"
    "cuArray3DGetDescriptor\0"
    "cuArray3DGetDescriptor_v2\0"
    "cuArrayCreate\0"
    "cuArrayCreate_v2\0"
    "cuArrayDestroy\0"
    "cuArrayGetDescriptor\0"
    "cuArrayGetDescriptor_v2\0"
    "cuArrayGetMemoryRequirements\0"
    "cuArrayGetPlane\0"
    "cuArrayGetSparseProperties\0"
    "cuCheckpointOperationComplete\0"
    "cuCheckpointProcessCheckpoint\0"
    "cuCheckpointProcessGetRestoreThreadId\0"
    "cuCheckpointProcessGetState\0"
    "cuCheckpointProcessLock\0"
    "cuCheckpointProcessRestore\0"
    "cuCheckpointProcessUnlock\0"
    "cuCoredumpDeregisterCompleteCallback\0"
    "cuCoredumpDeregisterStartCallback\0"
    "cuCoredumpGetAttribute\0"
    "cuCoredumpGetAttributeGlobal\0"
    "cuCoredumpRegisterCompleteCallback\0"
    "cuCoredumpRegisterStartCallback\0"
    "cuCoredumpSetAttribute\0"
    "cuCoredumpSetAttributeGlobal\0"
    "cuCtxAttach\0"
    "cuCtxCreate\0"
    "cuCtxCreate_v2\0"
    "cuCtxCreate_v3\0"
    "cuCtxCreate_v4\0"
    "cuCtxDestroy\0"
    "cuCtxDestroy_v2\0"
    "cuCtxDetach\0"
    "cuCtxDisablePeerAccess\0"
    "cuCtxEnablePeerAccess\0"
    "cuCtxFromGreenCtx\0"
    "cuCtxGetApiVersion\0"
    "cuCtxGetCacheConfig\0"
    "cuCtxGetCurrent\0"
    "cuCtxGetDevResource\0"
    "cuCtxGetDevice\0"
    "cuCtxGetDevice_v2\0"
    "cuCtxGetExecAffinity\0"
    "cuCtxGetFlags\0"
    "cuCtxGetId\0"
    "cuCtxGetLimit\0"
    "cuCtxGetSharedMemConfig\0"
    "cuCtxGetStreamPriorityRange\0"
    "cuCtxPopCurrent\0"
    "cuCtxPopCurrent_v2\0"
    "cuCtxPushCurrent\0"
    "cuCtxPushCurrent_v2\0"
    "cuCtxRecordEvent\0"
    "cuCtxResetPersistingL2Cache\0"
    "cuCtxSetCacheConfig\0"
    "cuCtxSetCurrent\0"
    "cuCtxSetFlags\0"
    "cuCtxSetLimit\0"
    "cuCtxSetSharedMemConfig\0"
    "cuCtxSynchronize\0"
    "cuCtxSynchronize_v2\0"
    "cuCtxWaitEvent\0"
    "cuDestroyExternalMemory\0"
    "cuDestroyExternalSemaphore\0"
    "cuDevResourceGenerateDesc\0"
    "cuDevSmResourceSplit\0"
    "cuDevSmResourceSplitByCount\0"
    "cuDeviceCanAccessPeer\0"
    "cuDeviceComputeCapability\0"
    "cuDeviceGet\0"
    "cuDeviceGetAttribute\0"
    "cuDeviceGetByPCIBusId\0"
    "cuDeviceGetCliqueCount\0"
    "cuDeviceGetCliqueInfo\0"
    "cuDeviceGetCount\0"
    "cuDeviceGetDefaultMemPool\0"
    "cuDeviceGetDevResource\0"
    "cuDeviceGetExecAffinitySupport\0"
    "cuDeviceGetFabricClusterUuid\0"
    "cuDeviceGetGraphMemAttribute\0"
    "cuDeviceGetHostAtomicCapabilities\0"
    "cuDeviceGetLuid\0"
    "cuDeviceGetMemPool\0"
    "cuDeviceGetName\0"
    "cuDeviceGetNvSciSyncAttributes\0"
    "cuDeviceGetP2PAtomicCapabilities\0"
    "cuDeviceGetP2PAttribute\0"
    "cuDeviceGetPCIBusId\0"
    "cuDeviceGetProperties\0"
    "cuDeviceGetTexture1DLinearMaxWidth\0"
    "cuDeviceGetUuid\0"
    "cuDeviceGetUuid_v2\0"
    "cuDeviceGraphMemTrim\0"
    "cuDevicePrimaryCtxGetState\0"
    "cuDevicePrimaryCtxRelease\0"
    "cuDevicePrimaryCtxRelease_v2\0"
    "cuDevicePrimaryCtxReset\0"
    "cuDevicePrimaryCtxReset_v2\0"
    "cuDevicePrimaryCtxRetain\0"
    "cuDevicePrimaryCtxSetFlags\0"
    "cuDevicePrimaryCtxSetFlags_v2\0"
    "cuDeviceRegisterAsyncNotification\0"
    "cuDeviceSetGraphMemAttribute\0"
    "cuDeviceSetMemPool\0"
    "cuDeviceTotalMem\0"
    "cuDeviceTotalMem_v2\0"
    "cuDeviceUnregisterAsyncNotification\0"
    "cuDriverGetVersion\0"
    "cuEGLApiInit\0"
    "cuEGLStreamConsumerAcquireFrame\0"
    "cuEGLStreamConsumerConnect\0"
    "cuEGLStreamConsumerConnectWithFlags\0"
    "cuEGLStreamConsumerDisconnect\0"
    "cuEGLStreamConsumerReleaseFrame\0"
    "cuEGLStreamProducerConnect\0"
    "cuEGLStreamProducerDisconnect\0"
    "cuEGLStreamProducerPresentFrame\0"
    "cuEGLStreamProducerReturnFrame\0"
    "cuEventCreate\0"
    "cuEventCreateFromEGLSync\0"
    "cuEventDestroy\0"
    "cuEventDestroy_v2\0"
    "cuEventElapsedTime\0"
    "cuEventElapsedTime_v2\0"
    "cuEventQuery\0"
    "cuEventRecord\0"
    "cuEventRecordWithFlags\0"
    "cuEventRecordWithFlags_ptsz\0"
    "cuEventRecord_ptsz\0"
    "cuEventSynchronize\0"
    "cuExternalMemoryGetMappedBuffer\0"
    "cuExternalMemoryGetMappedMipmappedArray\0"
    "cuFabricCpyBatchAsync\0"
    "cuFabricCpyBatchAsync_ptsz\0"
    "cuFlushGPUDirectRDMAWrites\0"
    "cuFuncGetAttribute\0"
    "cuFuncGetModule\0"
    "cuFuncGetName\0"
    "cuFuncGetParamCount\0"
    "cuFuncGetParamInfo\0"
    "cuFuncIsLoaded\0"
    "cuFuncLoad\0"
    "cuFuncSetAttribute\0"
    "cuFuncSetBlockShape\0"
    "cuFuncSetCacheConfig\0"
    "cuFuncSetSharedMemConfig\0"
    "cuFuncSetSharedSize\0"
    "cuGLCtxCreate\0"
    "cuGLCtxCreate_v2\0"
    "cuGLGetDevices\0"
    "cuGLGetDevices_v2\0"
    "cuGLInit\0"
    "cuGLMapBufferObject\0"
    "cuGLMapBufferObjectAsync\0"
    "cuGLMapBufferObjectAsync_v2\0"
    "cuGLMapBufferObjectAsync_v2_ptsz\0"
    "cuGLMapBufferObject_v2\0"
    "cuGLMapBufferObject_v2_ptds\0"
    "cuGLRegisterBufferObject\0"
    "cuGLSetBufferObjectMapFlags\0"
    "cuGLUnmapBufferObject\0"
    "cuGLUnmapBufferObjectAsync\0"
    "cuGLUnregisterBufferObject\0"
    "cuGetErrorName\0"
    "cuGetErrorString\0"
    "cuGetExportTable\0"
    "cuGetProcAddress\0"
    "cuGetProcAddress_v2\0"
    "cuGraphAddBatchMemOpNode\0"
    "cuGraphAddChildGraphNode\0"
    "cuGraphAddDependencies\0"
    "cuGraphAddDependencies_v2\0"
    "cuGraphAddEmptyNode\0"
    "cuGraphAddEventRecordNode\0"
    "cuGraphAddEventWaitNode\0"
    "cuGraphAddExternalSemaphoresSignalNode\0"
    "cuGraphAddExternalSemaphoresWaitNode\0"
    "cuGraphAddHostNode\0"
    "cuGraphAddKernelNode\0"
    "cuGraphAddKernelNode_v2\0"
    "cuGraphAddMemAllocNode\0"
    "cuGraphAddMemFreeNode\0"
    "cuGraphAddMemcpyNode\0"
    "cuGraphAddMemsetNode\0"
    "cuGraphAddNode\0"
    "cuGraphAddNode_v2\0"
    "cuGraphAddNode_v3\0"
    "cuGraphBatchMemOpNodeGetParams\0"
    "cuGraphBatchMemOpNodeSetParams\0"
    "cuGraphChildGraphNodeGetGraph\0"
    "cuGraphClone\0"
    "cuGraphConditionalHandleCreate\0"
    "cuGraphCreate\0"
    "cuGraphDebugDotPrint\0"
    "cuGraphDestroy\0"
    "cuGraphDestroyNode\0"
    "cuGraphEventRecordNodeGetEvent\0"
    "cuGraphEventRecordNodeSetEvent\0"
    "cuGraphEventWaitNodeGetEvent\0"
    "cuGraphEventWaitNodeSetEvent\0"
    "cuGraphExecBatchMemOpNodeSetParams\0"
    "cuGraphExecChildGraphNodeSetParams\0"
    "cuGraphExecDestroy\0"
    "cuGraphExecEventRecordNodeSetEvent\0"
    "cuGraphExecEventWaitNodeSetEvent\0"
    "cuGraphExecExternalSemaphoresSignalNodeSetParams\0"
    "cuGraphExecExternalSemaphoresWaitNodeSetParams\0"
    "cuGraphExecGetFlags\0"
    "cuGraphExecGetId\0"
    "cuGraphExecHostNodeSetParams\0"
    "cuGraphExecKernelNodeSetParams\0"
    "cuGraphExecKernelNodeSetParams_v2\0"
    "cuGraphExecMemcpyNodeSetParams\0"
    "cuGraphExecMemsetNodeSetParams\0"
    "cuGraphExecNodeSetParams\0"
    "cuGraphExecUpdate\0"
    "cuGraphExecUpdate_v2\0"
    "cuGraphExternalSemaphoresSignalNodeGetParams\0"
    "cuGraphExternalSemaphoresSignalNodeSetParams\0"
    "cuGraphExternalSemaphoresWaitNodeGetParams\0"
    "cuGraphExternalSemaphoresWaitNodeSetParams\0"
    "cuGraphGetEdges\0"
    "cuGraphGetEdges_v2\0"
    "cuGraphGetId\0"
    "cuGraphGetNodes\0"
    "cuGraphGetRootNodes\0"
    "cuGraphHostNodeGetParams\0"
    "cuGraphHostNodeSetParams\0"
    "cuGraphInstantiate\0"
    "cuGraphInstantiateWithFlags\0"
    "cuGraphInstantiateWithParams\0"
    "cuGraphInstantiateWithParams_ptsz\0"
    "cuGraphInstantiate_v2\0"
    "cuGraphKernelNodeCopyAttributes\0"
    "cuGraphKernelNodeGetAttribute\0"
    "cuGraphKernelNodeGetParams\0"
    "cuGraphKernelNodeGetParams_v2\0"
    "cuGraphKernelNodeSetAttribute\0"
    "cuGraphKernelNodeSetParams\0"
    "cuGraphKernelNodeSetParams_v2\0"
    "cuGraphLaunch\0"
    "cuGraphLaunch_ptsz\0"
    "cuGraphMemAllocNodeGetParams\0"
    "cuGraphMemFreeNodeGetParams\0"
    "cuGraphMemcpyNodeGetParams\0"
    "cuGraphMemcpyNodeSetParams\0"
    "cuGraphMemsetNodeGetParams\0"
    "cuGraphMemsetNodeSetParams\0"
    "cuGraphNodeFindInClone\0"
    "cuGraphNodeGetContainingGraph\0"
    "cuGraphNodeGetDependencies\0"
    "cuGraphNodeGetDependencies_v2\0"
    "cuGraphNodeGetDependentNodes\0"
    "cuGraphNodeGetDependentNodes_v2\0"
    "cuGraphNodeGetEnabled\0"
    "cuGraphNodeGetLocalId\0"
    "cuGraphNodeGetParams\0"
    "cuGraphNodeGetToolsId\0"
    "cuGraphNodeGetType\0"
    "cuGraphNodeSetEnabled\0"
    "cuGraphNodeSetParams\0"
    "cuGraphNodeSetParams_v2\0"
    "cuGraphReleaseUserObject\0"
    "cuGraphRemoveDependencies\0"
    "cuGraphRemoveDependencies_v2\0"
    "cuGraphRetainUserObject\0"
    "cuGraphUpload\0"
    "cuGraphUpload_ptsz\0"
    "cuGraphicsEGLRegisterImage\0"
    "cuGraphicsGLRegisterBuffer\0"
    "cuGraphicsGLRegisterImage\0"
    "cuGraphicsMapResources\0"
    "cuGraphicsMapResources_ptsz\0"
    "cuGraphicsResourceGetMappedEglFrame\0"
    "cuGraphicsResourceGetMappedMipmappedArray\0"
    "cuGraphicsResourceGetMappedPointer\0"
    "cuGraphicsResourceGetMappedPointer_v2\0"
    "cuGraphicsResourceSetMapFlags\0"
    "cuGraphicsResourceSetMapFlags_v2\0"
    "cuGraphicsSubResourceGetMappedArray\0"
    "cuGraphicsUnmapResources\0"
    "cuGraphicsUnmapResources_ptsz\0"
    "cuGraphicsUnregisterResource\0"
    "cuGraphicsVDPAURegisterOutputSurface\0"
    "cuGraphicsVDPAURegisterVideoSurface\0"
    "cuGreenCtxCreate\0"
    "cuGreenCtxDestroy\0"
    "cuGreenCtxGetDevResource\0"
    "cuGreenCtxGetId\0"
    "cuGreenCtxRecordEvent\0"
    "cuGreenCtxStreamCreate\0"
    "cuGreenCtxWaitEvent\0"
    "cuImportExternalMemory\0"
    "cuImportExternalSemaphore\0"
    "cuInit\0"
    "cuIpcCloseMemHandle\0"
    "cuIpcGetEventHandle\0"
    "cuIpcGetMemHandle\0"
    "cuIpcOpenEventHandle\0"
    "cuIpcOpenMemHandle\0"
    "cuIpcOpenMemHandle_v2\0"
    "cuKernelGetAttribute\0"
    "cuKernelGetFunction\0"
    "cuKernelGetLibrary\0"
    "cuKernelGetName\0"
    "cuKernelGetParamCount\0"
    "cuKernelGetParamInfo\0"
    "cuKernelSetAttribute\0"
    "cuKernelSetCacheConfig\0"
    "cuLaunch\0"
    "cuLaunchCooperativeKernel\0"
    "cuLaunchCooperativeKernelMultiDevice\0"
    "cuLaunchCooperativeKernel_ptsz\0"
    "cuLaunchGrid\0"
    "cuLaunchGridAsync\0"
    "cuLaunchHostFunc\0"
    "cuLaunchHostFunc_ptsz\0"
    "cuLaunchHostFunc_v2\0"
    "cuLaunchHostFunc_v2_ptsz\0"
    "cuLaunchKernel\0"
    "cuLaunchKernelEx\0"
    "cuLaunchKernelEx_ptsz\0"
    "cuLaunchKernel_ptsz\0"
    "cuLibraryEnumerateKernels\0"
    "cuLibraryGetGlobal\0"
    "cuLibraryGetKernel\0"
    "cuLibraryGetKernelCount\0"
    "cuLibraryGetManaged\0"
    "cuLibraryGetModule\0"
    "cuLibraryGetUnifiedFunction\0"
    "cuLibraryLoadData\0"
    "cuLibraryLoadFromFile\0"
    "cuLibraryUnload\0"
    "cuLinkAddData\0"
    "cuLinkAddData_v2\0"
    "cuLinkAddFile\0"
    "cuLinkAddFile_v2\0"
    "cuLinkComplete\0"
    "cuLinkCreate\0"
    "cuLinkCreate_v2\0"
    "cuLinkDestroy\0"
    "cuLogicalEndpointAddDevice\0"
    "cuLogicalEndpointBindAddr\0"
    "cuLogicalEndpointBindMem\0"
    "cuLogicalEndpointCreate\0"
    "cuLogicalEndpointDestroy\0"
    "cuLogicalEndpointExport\0"
    "cuLogicalEndpointGetLimits\0"
    "cuLogicalEndpointIdRelease\0"
    "cuLogicalEndpointIdReserve\0"
    "cuLogicalEndpointImport\0"
    "cuLogicalEndpointQuery\0"
    "cuLogicalEndpointUnbind\0"
    "cuLogsCurrent\0"
    "cuLogsDumpToFile\0"
    "cuLogsDumpToMemory\0"
    "cuLogsRegisterCallback\0"
    "cuLogsUnregisterCallback\0"
    "cuMemAddressFree\0"
    "cuMemAddressReserve\0"
    "cuMemAdvise\0"
    "cuMemAdvise_v2\0"
    "cuMemAlloc\0"
    "cuMemAllocAsync\0"
    "cuMemAllocAsync_ptsz\0"
    "cuMemAllocFromPoolAsync\0"
    "cuMemAllocFromPoolAsync_ptsz\0"
    "cuMemAllocHost\0"
    "cuMemAllocHost_v2\0"
    "cuMemAllocManaged\0"
    "cuMemAllocPitch\0"
    "cuMemAllocPitch_v2\0"
    "cuMemAlloc_v2\0"
    "cuMemBatchDecompressAsync\0"
    "cuMemBatchDecompressAsync_ptsz\0"
    "cuMemCreate\0"
    "cuMemDiscardAndPrefetchBatchAsync\0"
    "cuMemDiscardAndPrefetchBatchAsync_ptsz\0"
    "cuMemDiscardBatchAsync\0"
    "cuMemDiscardBatchAsync_ptsz\0"
    "cuMemExportToShareableHandle\0"
    "cuMemFree\0"
    "cuMemFreeAsync\0"
    "cuMemFreeAsync_ptsz\0"
    "cuMemFreeHost\0"
    "cuMemFree_v2\0"
    "cuMemGetAccess\0"
    "cuMemGetAddressRange\0"
    "cuMemGetAddressRange_v2\0"
    "cuMemGetAllocationGranularity\0"
    "cuMemGetAllocationPropertiesFromHandle\0"
    "cuMemGetDefaultMemPool\0"
    "cuMemGetHandleForAddressRange\0"
    "cuMemGetInfo\0"
    "cuMemGetInfo_v2\0"
    "cuMemGetLocationInfo\0"
    "cuMemGetMemPool\0"
    "cuMemHostAlloc\0"
    "cuMemHostGetDevicePointer\0"
    "cuMemHostGetDevicePointer_v2\0"
    "cuMemHostGetFlags\0"
    "cuMemHostRegister\0"
    "cuMemHostRegister_v2\0"
    "cuMemHostUnregister\0"
    "cuMemImportFromShareableHandle\0"
    "cuMemMap\0"
    "cuMemMapArrayAsync\0"
    "cuMemMapArrayAsync_ptsz\0"
    "cuMemPoolCreate\0"
    "cuMemPoolDestroy\0"
    "cuMemPoolExportPointer\0"
    "cuMemPoolExportToShareableHandle\0"
    "cuMemPoolGetAccess\0"
    "cuMemPoolGetAttribute\0"
    "cuMemPoolImportFromShareableHandle\0"
    "cuMemPoolImportPointer\0"
    "cuMemPoolSetAccess\0"
    "cuMemPoolSetAttribute\0"
    "cuMemPoolTrimTo\0"
    "cuMemPrefetchAsync\0"
    "cuMemPrefetchAsync_ptsz\0"
    "cuMemPrefetchAsync_v2\0"
    "cuMemPrefetchAsync_v2_ptsz\0"
    "cuMemPrefetchBatchAsync\0"
    "cuMemPrefetchBatchAsync_ptsz\0"
    "cuMemRangeGetAttribute\0"
    "cuMemRangeGetAttributes\0"
    "cuMemRelease\0"
    "cuMemRetainAllocationHandle\0"
    "cuMemSetAccess\0"
    "cuMemSetMemPool\0"
    "cuMemUnmap\0"
    "cuMemcpy\0"
    "cuMemcpy2D\0"
    "cuMemcpy2DAsync\0"
    "cuMemcpy2DAsync_v2\0"
    "cuMemcpy2DAsync_v2_ptsz\0"
    "cuMemcpy2DUnaligned\0"
    "cuMemcpy2DUnaligned_v2\0"
    "cuMemcpy2DUnaligned_v2_ptds\0"
    "cuMemcpy2D_v2\0"
    "cuMemcpy2D_v2_ptds\0"
    "cuMemcpy3D\0"
    "cuMemcpy3DAsync\0"
    "cuMemcpy3DAsync_v2\0"
    "cuMemcpy3DAsync_v2_ptsz\0"
    "cuMemcpy3DBatchAsync\0"
    "cuMemcpy3DBatchAsync_ptsz\0"
    "cuMemcpy3DBatchAsync_v2\0"
    "cuMemcpy3DBatchAsync_v2_ptsz\0"
    "cuMemcpy3DPeer\0"
    "cuMemcpy3DPeerAsync\0"
    "cuMemcpy3DPeerAsync_ptsz\0"
    "cuMemcpy3DPeer_ptds\0"
    "cuMemcpy3DWithAttributesAsync\0"
    "cuMemcpy3DWithAttributesAsync_ptsz\0"
    "cuMemcpy3D_v2\0"
    "cuMemcpy3D_v2_ptds\0"
    "cuMemcpyAsync\0"
    "cuMemcpyAsync_ptsz\0"
    "cuMemcpyAtoA\0"
    "cuMemcpyAtoA_v2\0"
    "cuMemcpyAtoA_v2_ptds\0"
    "cuMemcpyAtoD\0"
    "cuMemcpyAtoD_v2\0"
    "cuMemcpyAtoD_v2_ptds\0"
    "cuMemcpyAtoH\0"
    "cuMemcpyAtoHAsync\0"
    "cuMemcpyAtoHAsync_v2\0"
    "cuMemcpyAtoHAsync_v2_ptsz\0"
    "cuMemcpyAtoH_v2\0"
    "cuMemcpyAtoH_v2_ptds\0"
    "cuMemcpyBatchAsync\0"
    "cuMemcpyBatchAsync_ptsz\0"
    "cuMemcpyBatchAsync_v2\0"
    "cuMemcpyBatchAsync_v2_ptsz\0"
    "cuMemcpyDtoA\0"
    "cuMemcpyDtoA_v2\0"
    "cuMemcpyDtoA_v2_ptds\0"
    "cuMemcpyDtoD\0"
    "cuMemcpyDtoDAsync\0"
    "cuMemcpyDtoDAsync_v2\0"
    "cuMemcpyDtoDAsync_v2_ptsz\0"
    "cuMemcpyDtoD_v2\0"
    "cuMemcpyDtoD_v2_ptds\0"
    "cuMemcpyDtoH\0"
    "cuMemcpyDtoHAsync\0"
    "cuMemcpyDtoHAsync_v2\0"
    "cuMemcpyDtoHAsync_v2_ptsz\0"
    "cuMemcpyDtoH_v2\0"
    "cuMemcpyDtoH_v2_ptds\0"
    "cuMemcpyHtoA\0"
    "cuMemcpyHtoAAsync\0"
    "cuMemcpyHtoAAsync_v2\0"
    "cuMemcpyHtoAAsync_v2_ptsz\0"
    "cuMemcpyHtoA_v2\0"
    "cuMemcpyHtoA_v2_ptds\0"
    "cuMemcpyHtoD\0"
    "cuMemcpyHtoDAsync\0"
    "cuMemcpyHtoDAsync_v2\0"
    "cuMemcpyHtoDAsync_v2_ptsz\0"
    "cuMemcpyHtoD_v2\0"
    "cuMemcpyHtoD_v2_ptds\0"
    "cuMemcpyPeer\0"
    "cuMemcpyPeerAsync\0"
    "cuMemcpyPeerAsync_ptsz\0"
    "cuMemcpyPeer_ptds\0"
    "cuMemcpyWithAttributesAsync\0"
    "cuMemcpyWithAttributesAsync_ptsz\0"
    "cuMemcpy_ptds\0"
    "cuMemsetD16\0"
    "cuMemsetD16Async\0"
    "cuMemsetD16Async_ptsz\0"
    "cuMemsetD16_v2\0"
    "cuMemsetD16_v2_ptds\0"
    "cuMemsetD2D16\0"
    "cuMemsetD2D16Async\0"
    "cuMemsetD2D16Async_ptsz\0"
    "cuMemsetD2D16_v2\0"
    "cuMemsetD2D16_v2_ptds\0"
    "cuMemsetD2D32\0"
    "cuMemsetD2D32Async\0"
    "cuMemsetD2D32Async_ptsz\0"
    "cuMemsetD2D32_v2\0"
    "cuMemsetD2D32_v2_ptds\0"
    "cuMemsetD2D8\0"
    "cuMemsetD2D8Async\0"
    "cuMemsetD2D8Async_ptsz\0"
    "cuMemsetD2D8_v2\0"
    "cuMemsetD2D8_v2_ptds\0"
    "cuMemsetD32\0"
    "cuMemsetD32Async\0"
    "cuMemsetD32Async_ptsz\0"
    "cuMemsetD32_v2\0"
    "cuMemsetD32_v2_ptds\0"
    "cuMemsetD8\0"
    "cuMemsetD8Async\0"
    "cuMemsetD8Async_ptsz\0"
    "cuMemsetD8_v2\0"
    "cuMemsetD8_v2_ptds\0"
    "cuMipmappedArrayCreate\0"
    "cuMipmappedArrayDestroy\0"
    "cuMipmappedArrayGetLevel\0"
    "cuMipmappedArrayGetMemoryRequirements\0"
    "cuMipmappedArrayGetSparseProperties\0"
    "cuModuleEnumerateFunctions\0"
    "cuModuleGetFunction\0"
    "cuModuleGetFunctionCount\0"
    "cuModuleGetGlobal\0"
    "cuModuleGetGlobal_v2\0"
    "cuModuleGetLoadingMode\0"
    "cuModuleGetSurfRef\0"
    "cuModuleGetTexRef\0"
    "cuModuleLoad\0"
    "cuModuleLoadData\0"
    "cuModuleLoadDataEx\0"
    "cuModuleLoadFatBinary\0"
    "cuModuleUnload\0"
    "cuMulticastAddDevice\0"
    "cuMulticastBindAddr\0"
    "cuMulticastBindAddr_v2\0"
    "cuMulticastBindMem\0"
    "cuMulticastBindMem_v2\0"
    "cuMulticastCreate\0"
    "cuMulticastGetGranularity\0"
    "cuMulticastUnbind\0"
    "cuOccupancyAvailableDynamicSMemPerBlock\0"
    "cuOccupancyMaxActiveBlocksPerMultiprocessor\0"
    "cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags\0"
    "cuOccupancyMaxActiveClusters\0"
    "cuOccupancyMaxPotentialBlockSize\0"
    "cuOccupancyMaxPotentialBlockSizeWithFlags\0"
    "cuOccupancyMaxPotentialClusterSize\0"
    "cuParamSetSize\0"
    "cuParamSetTexRef\0"
    "cuParamSetf\0"
    "cuParamSeti\0"
    "cuParamSetv\0"
    "cuPointerGetAttribute\0"
    "cuPointerGetAttributes\0"
    "cuPointerSetAttribute\0"
    "cuProfilerInitialize\0"
    "cuProfilerStart\0"
    "cuProfilerStop\0"
    "cuSignalExternalSemaphoresAsync\0"
    "cuSignalExternalSemaphoresAsync_ptsz\0"
    "cuStreamAddCallback\0"
    "cuStreamAddCallback_ptsz\0"
    "cuStreamAttachMemAsync\0"
    "cuStreamAttachMemAsync_ptsz\0"
    "cuStreamBatchMemOp\0"
    "cuStreamBatchMemOp_ptsz\0"
    "cuStreamBatchMemOp_v2\0"
    "cuStreamBatchMemOp_v2_ptsz\0"
    "cuStreamBeginCapture\0"
    "cuStreamBeginCaptureToCig\0"
    "cuStreamBeginCaptureToCig_ptsz\0"
    "cuStreamBeginCaptureToGraph\0"
    "cuStreamBeginCaptureToGraph_ptsz\0"
    "cuStreamBeginCapture_ptsz\0"
    "cuStreamBeginCapture_v2\0"
    "cuStreamBeginCapture_v2_ptsz\0"
    "cuStreamBeginRecaptureToGraph\0"
    "cuStreamBeginRecaptureToGraph_ptsz\0"
    "cuStreamCopyAttributes\0"
    "cuStreamCopyAttributes_ptsz\0"
    "cuStreamCreate\0"
    "cuStreamCreateWithPriority\0"
    "cuStreamDestroy\0"
    "cuStreamDestroy_v2\0"
    "cuStreamEndCapture\0"
    "cuStreamEndCaptureToCig\0"
    "cuStreamEndCaptureToCig_ptsz\0"
    "cuStreamEndCapture_ptsz\0"
    "cuStreamGetAttribute\0"
    "cuStreamGetAttribute_ptsz\0"
    "cuStreamGetCaptureInfo\0"
    "cuStreamGetCaptureInfo_ptsz\0"
    "cuStreamGetCaptureInfo_v2\0"
    "cuStreamGetCaptureInfo_v2_ptsz\0"
    "cuStreamGetCaptureInfo_v3\0"
    "cuStreamGetCaptureInfo_v3_ptsz\0"
    "cuStreamGetCtx\0"
    "cuStreamGetCtx_ptsz\0"
    "cuStreamGetCtx_v2\0"
    "cuStreamGetCtx_v2_ptsz\0"
    "cuStreamGetDevResource\0"
    "cuStreamGetDevResource_ptsz\0"
    "cuStreamGetDevice\0"
    "cuStreamGetDevice_ptsz\0"
    "cuStreamGetFlags\0"
    "cuStreamGetFlags_ptsz\0"
    "cuStreamGetGreenCtx\0"
    "cuStreamGetId\0"
    "cuStreamGetId_ptsz\0"
    "cuStreamGetPriority\0"
    "cuStreamGetPriority_ptsz\0"
    "cuStreamIsCapturing\0"
    "cuStreamIsCapturing_ptsz\0"
    "cuStreamQuery\0"
    "cuStreamQuery_ptsz\0"
    "cuStreamSetAttribute\0"
    "cuStreamSetAttribute_ptsz\0"
    "cuStreamSynchronize\0"
    "cuStreamSynchronize_ptsz\0"
    "cuStreamUpdateCaptureDependencies\0"
    "cuStreamUpdateCaptureDependencies_ptsz\0"
    "cuStreamUpdateCaptureDependencies_v2\0"
    "cuStreamUpdateCaptureDependencies_v2_ptsz\0"
    "cuStreamWaitEvent\0"
    "cuStreamWaitEvent_ptsz\0"
    "cuStreamWaitValue32\0"
    "cuStreamWaitValue32_ptsz\0"
    "cuStreamWaitValue32_v2\0"
    "cuStreamWaitValue32_v2_ptsz\0"
    "cuStreamWaitValue64\0"
    "cuStreamWaitValue64_ptsz\0"
    "cuStreamWaitValue64_v2\0"
    "cuStreamWaitValue64_v2_ptsz\0"
    "cuStreamWriteValue32\0"
    "cuStreamWriteValue32_ptsz\0"
    "cuStreamWriteValue32_v2\0"
    "cuStreamWriteValue32_v2_ptsz\0"
    "cuStreamWriteValue64\0"
    "cuStreamWriteValue64_ptsz\0"
    "cuStreamWriteValue64_v2\0"
    "cuStreamWriteValue64_v2_ptsz\0"
    "cuSurfObjectCreate\0"
    "cuSurfObjectDestroy\0"
    "cuSurfObjectGetResourceDesc\0"
    "cuSurfRefGetArray\0"
    "cuSurfRefSetArray\0"
    "cuTensorMapEncodeIm2col\0"
    "cuTensorMapEncodeIm2colWide\0"
    "cuTensorMapEncodeTiled\0"
    "cuTensorMapReplaceAddress\0"
    "cuTensorMapSetAllocationClass\0"
    "cuTexObjectCreate\0"
    "cuTexObjectDestroy\0"
    "cuTexObjectGetResourceDesc\0"
    "cuTexObjectGetResourceViewDesc\0"
    "cuTexObjectGetTextureDesc\0"
    "cuTexRefCreate\0"
    "cuTexRefDestroy\0"
    "cuTexRefGetAddress\0"
    "cuTexRefGetAddressMode\0"
    "cuTexRefGetAddress_v2\0"
    "cuTexRefGetArray\0"
    "cuTexRefGetBorderColor\0"
    "cuTexRefGetFilterMode\0"
    "cuTexRefGetFlags\0"
    "cuTexRefGetFormat\0"
    "cuTexRefGetMaxAnisotropy\0"
    "cuTexRefGetMipmapFilterMode\0"
    "cuTexRefGetMipmapLevelBias\0"
    "cuTexRefGetMipmapLevelClamp\0"
    "cuTexRefGetMipmappedArray\0"
    "cuTexRefSetAddress\0"
    "cuTexRefSetAddress2D\0"
    "cuTexRefSetAddress2D_v2\0"
    "cuTexRefSetAddress2D_v3\0"
    "cuTexRefSetAddressMode\0"
    "cuTexRefSetAddress_v2\0"
    "cuTexRefSetArray\0"
    "cuTexRefSetBorderColor\0"
    "cuTexRefSetFilterMode\0"
    "cuTexRefSetFlags\0"
    "cuTexRefSetFormat\0"
    "cuTexRefSetMaxAnisotropy\0"
    "cuTexRefSetMipmapFilterMode\0"
    "cuTexRefSetMipmapLevelBias\0"
    "cuTexRefSetMipmapLevelClamp\0"
    "cuTexRefSetMipmappedArray\0"
    "cuThreadExchangeStreamCaptureMode\0"
    "cuUserObjectCreate\0"
    "cuUserObjectRelease\0"
    "cuUserObjectRetain\0"
    "cuVDPAUCtxCreate\0"
    "cuVDPAUCtxCreate_v2\0"
    "cuVDPAUGetDevice\0"
    "cuWaitExternalSemaphoresAsync\0"
    "cuWaitExternalSemaphoresAsync_ptsz\0"
    "cudbgApiAttach\0"
    "cudbgApiDetach\0"
    "cudbgApiInit\0"
    "cudbgGetAPI\0"
    "cudbgGetAPIVersion\0"
    "cudbgMain\0"
    "cudbgReportDriverApiError\0"
    "cudbgReportDriverInternalError\0"
    ;

const uint16_t tidelock_entry_text_offset[732] = {
  0,
  16,
  35,
  58,
  84,
  98,
  115,
  130,
  151,
  175,
  204,
  220,
  247,
  277,
  307,
  345,
  373,
  397,
  424,
  450,
  487,
  521,
  544,
  573,
  608,
  640,
  663,
  692,
  704,
  716,
  731,
  746,
  761,
  774,
  790,
  802,
  825,
  847,
  865,
  884,
  904,
  920,
  940,
  955,
  973,
  994,
  1008,
  1019,
  1033,
  1057,
  1085,
  1101,
  1120,
  1137,
  1157,
  1174,
  1202,
  1222,
  1238,
  1252,
  1266,
  1290,
  1307,
  1327,
  1342,
  1366,
  1393,
  1419,
  1440,
  1468,
  1490,
  1516,
  1528,
  1549,
  1571,
  1594,
  1616,
  1633,
  1659,
  1682,
  1713,
  1742,
  1771,
  1805,
  1821,
  1840,
  1856,
  1887,
  1920,
  1944,
  1964,
  1986,
  2021,
  2037,
  2056,
  2077,
  2104,
  2130,
  2159,
  2183,
  2210,
  2235,
  2262,
  2292,
  2326,
  2355,
  2374,
  2391,
  2411,
  2447,
  2466,
  2479,
  2511,
  2538,
  2574,
  2604,
  2636,
  2663,
  2693,
  2725,
  2756,
  2770,
  2795,
  2810,
  2828,
  2847,
  2869,
  2882,
  2896,
  2919,
  2947,
  2966,
  2985,
  3017,
  3057,
  3079,
  3106,
  3133,
  3152,
  3168,
  3182,
  3202,
  3221,
  3236,
  3247,
  3266,
  3286,
  3307,
  3332,
  3352,
  3366,
  3383,
  3398,
  3416,
  3425,
  3445,
  3470,
  3498,
  3531,
  3554,
  3582,
  3607,
  3635,
  3657,
  3684,
  3711,
  3726,
  3743,
  3760,
  3777,
  3797,
  3822,
  3847,
  3870,
  3896,
  3916,
  3942,
  3966,
  4005,
  4042,
  4061,
  4082,
  4106,
  4129,
  4151,
  4172,
  4193,
  4208,
  4226,
  4244,
  4275,
  4306,
  4336,
  4349,
  4380,
  4394,
  4415,
  4430,
  4449,
  4480,
  4511,
  4540,
  4569,
  4604,
  4639,
  4658,
  4693,
  4726,
  4775,
  4822,
  4842,
  4859,
  4888,
  4919,
  4953,
  4984,
  5015,
  5040,
  5058,
  5079,
  5124,
  5169,
  5212,
  5255,
  5271,
  5290,
  5303,
  5319,
  5339,
  5364,
  5389,
  5408,
  5436,
  5465,
  5499,
  5521,
  5553,
  5583,
  5610,
  5640,
  5670,
  5697,
  5727,
  5741,
  5760,
  5789,
  5817,
  5844,
  5871,
  5898,
  5925,
  5948,
  5978,
  6005,
  6035,
  6064,
  6096,
  6118,
  6140,
  6161,
  6183,
  6202,
  6224,
  6245,
  6269,
  6294,
  6320,
  6349,
  6373,
  6387,
  6406,
  6433,
  6460,
  6486,
  6509,
  6537,
  6573,
  6615,
  6650,
  6688,
  6718,
  6751,
  6787,
  6812,
  6842,
  6871,
  6908,
  6944,
  6961,
  6979,
  7004,
  7020,
  7042,
  7065,
  7085,
  7108,
  7134,
  7141,
  7161,
  7181,
  7199,
  7220,
  7239,
  7261,
  7282,
  7302,
  7321,
  7337,
  7359,
  7380,
  7401,
  7424,
  7433,
  7459,
  7496,
  7527,
  7540,
  7558,
  7575,
  7597,
  7617,
  7642,
  7657,
  7674,
  7696,
  7716,
  7742,
  7761,
  7780,
  7804,
  7824,
  7843,
  7871,
  7889,
  7911,
  7927,
  7941,
  7958,
  7972,
  7989,
  8004,
  8017,
  8033,
  8047,
  8074,
  8100,
  8125,
  8149,
  8174,
  8198,
  8225,
  8252,
  8279,
  8303,
  8326,
  8350,
  8364,
  8381,
  8400,
  8423,
  8448,
  8465,
  8485,
  8497,
  8512,
  8523,
  8539,
  8560,
  8584,
  8613,
  8628,
  8646,
  8664,
  8680,
  8699,
  8713,
  8739,
  8770,
  8782,
  8816,
  8855,
  8878,
  8906,
  8935,
  8945,
  8960,
  8980,
  8994,
  9007,
  9022,
  9043,
  9067,
  9097,
  9136,
  9159,
  9189,
  9202,
  9218,
  9239,
  9255,
  9270,
  9296,
  9325,
  9343,
  9361,
  9382,
  9402,
  9433,
  9442,
  9461,
  9485,
  9501,
  9518,
  9541,
  9574,
  9593,
  9615,
  9650,
  9673,
  9692,
  9714,
  9730,
  9749,
  9773,
  9795,
  9822,
  9846,
  9875,
  9898,
  9922,
  9935,
  9963,
  9978,
  9994,
  10005,
  10014,
  10025,
  10041,
  10060,
  10084,
  10104,
  10127,
  10155,
  10169,
  10188,
  10199,
  10215,
  10234,
  10258,
  10279,
  10305,
  10329,
  10358,
  10373,
  10393,
  10418,
  10438,
  10468,
  10503,
  10517,
  10536,
  10550,
  10569,
  10582,
  10598,
  10619,
  10632,
  10648,
  10669,
  10682,
  10700,
  10721,
  10747,
  10763,
  10784,
  10803,
  10827,
  10849,
  10876,
  10889,
  10905,
  10926,
  10939,
  10957,
  10978,
  11004,
  11020,
  11041,
  11054,
  11072,
  11093,
  11119,
  11135,
  11156,
  11169,
  11187,
  11208,
  11234,
  11250,
  11271,
  11284,
  11302,
  11323,
  11349,
  11365,
  11386,
  11399,
  11417,
  11440,
  11458,
  11486,
  11519,
  11533,
  11545,
  11562,
  11584,
  11599,
  11619,
  11633,
  11652,
  11676,
  11693,
  11715,
  11729,
  11748,
  11772,
  11789,
  11811,
  11824,
  11842,
  11865,
  11881,
  11902,
  11914,
  11931,
  11953,
  11968,
  11988,
  11999,
  12015,
  12036,
  12050,
  12069,
  12092,
  12116,
  12141,
  12179,
  12215,
  12242,
  12262,
  12287,
  12305,
  12326,
  12349,
  12368,
  12386,
  12399,
  12416,
  12435,
  12457,
  12472,
  12493,
  12513,
  12536,
  12555,
  12577,
  12595,
  12621,
  12639,
  12679,
  12723,
  12776,
  12805,
  12838,
  12880,
  12915,
  12930,
  12947,
  12959,
  12971,
  12983,
  13005,
  13028,
  13050,
  13071,
  13087,
  13102,
  13134,
  13171,
  13191,
  13216,
  13239,
  13267,
  13286,
  13310,
  13332,
  13359,
  13380,
  13406,
  13437,
  13465,
  13498,
  13524,
  13548,
  13577,
  13607,
  13642,
  13665,
  13693,
  13708,
  13735,
  13751,
  13770,
  13789,
  13813,
  13842,
  13866,
  13887,
  13913,
  13936,
  13964,
  13990,
  14021,
  14047,
  14078,
  14093,
  14113,
  14131,
  14154,
  14177,
  14205,
  14223,
  14246,
  14263,
  14285,
  14305,
  14319,
  14338,
  14358,
  14383,
  14403,
  14428,
  14442,
  14461,
  14482,
  14508,
  14528,
  14553,
  14587,
  14626,
  14663,
  14705,
  14723,
  14746,
  14766,
  14791,
  14814,
  14842,
  14862,
  14887,
  14910,
  14938,
  14959,
  14985,
  15009,
  15038,
  15059,
  15085,
  15109,
  15138,
  15157,
  15177,
  15205,
  15223,
  15241,
  15265,
  15293,
  15316,
  15342,
  15372,
  15390,
  15409,
  15436,
  15467,
  15493,
  15508,
  15524,
  15543,
  15566,
  15588,
  15605,
  15628,
  15650,
  15667,
  15685,
  15710,
  15738,
  15765,
  15793,
  15819,
  15838,
  15859,
  15883,
  15907,
  15930,
  15952,
  15969,
  15992,
  16014,
  16031,
  16049,
  16074,
  16102,
  16129,
  16157,
  16183,
  16217,
  16236,
  16256,
  16275,
  16292,
  16312,
  16329,
  16359,
  16394,
  16409,
  16424,
  16437,
  16449,
  16468,
  16478,
  16504,
};

const uint8_t tidelock_entry_words[732] = {
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  8,
  8,
  8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  4,
  0,
  4,
  0,
  0,
  0,
  0,
  0,
  0,
  5,
  0,
  0,
  5,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  2,
  0,
  2,
  2,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  2,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  2,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  3,
  3,
  2,
  2,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  9,
  10,
  6,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  8,
  8,
  8,
  8,
  8,
  8,
  8,
  8,
};

const struct tidelock_version tidelock_entry_version[732] = {
  {0, 2000, 0},
  {0, 3020, 0},
  {2, 2000, 0},
  {2, 3020, 0},
  {4, 2000, 0},
  {4, 3020, 0},
  {6, 2000, 0},
  {7, 2000, 0},
  {7, 3020, 0},
  {9, 11060, 0},
  {10, 11020, 0},
  {11, 11010, 0},
  {12, 13040, 0},
  {13, 12080, 0},
  {14, 12080, 0},
  {15, 12080, 0},
  {16, 12080, 0},
  {17, 12080, 0},
  {18, 12080, 0},
  {19, 13020, 0},
  {20, 13020, 0},
  {21, 12010, 0},
  {22, 12010, 0},
  {23, 13020, 0},
  {24, 13020, 0},
  {25, 12010, 0},
  {26, 12010, 0},
  {27, 2000, 0},
  {28, 2000, 0},
  {28, 3020, 0},
  {28, 11040, 0},
  {28, 12050, 0},
  {32, 2000, 0},
  {32, 4000, 0},
  {34, 2000, 0},
  {35, 4000, 0},
  {36, 4000, 0},
  {37, 12040, 0},
  {38, 3020, 0},
  {39, 3020, 0},
  {40, 4000, 0},
  {41, 12040, 0},
  {42, 2000, 0},
  {42, 13000, 0},
  {44, 11040, 0},
  {45, 7000, 0},
  {46, 12000, 0},
  {47, 3010, 0},
  {48, 4020, 0},
  {49, 5050, 0},
  {50, 2000, 0},
  {50, 4000, 0},
  {52, 2000, 0},
  {52, 4000, 0},
  {54, 12050, 0},
  {55, 11000, 0},
  {56, 3020, 0},
  {57, 4000, 0},
  {58, 12010, 0},
  {59, 3010, 0},
  {60, 4020, 0},
  {61, 2000, 0},
  {61, 13000, 0},
  {63, 12050, 0},
  {64, 10000, 0},
  {65, 10000, 0},
  {66, 12040, 0},
  {67, 13010, 0},
  {68, 12040, 0},
  {69, 4000, 0},
  {70, 2000, 0},
  {71, 2000, 0},
  {72, 2000, 0},
  {73, 4010, 0},
  {74, 13040, 0},
  {75, 13040, 0},
  {76, 2000, 0},
  {77, 11020, 0},
  {78, 12040, 0},
  {79, 11040, 0},
  {80, 13040, 0},
  {81, 11040, 0},
  {82, 13000, 0},
  {83, 10000, 0},
  {84, 11020, 0},
  {85, 2000, 0},
  {86, 10020, 0},
  {87, 13000, 0},
  {88, 8000, 0},
  {89, 4010, 0},
  {90, 2000, 0},
  {91, 11010, 0},
  {92, 9020, 0},
  {92, 11040, 0},
  {94, 11040, 0},
  {95, 7000, 0},
  {96, 7000, 0},
  {96, 11000, 0},
  {98, 7000, 0},
  {98, 11000, 0},
  {100, 7000, 0},
  {101, 7000, 0},
  {101, 11000, 0},
  {103, 12040, 0},
  {104, 11040, 0},
  {105, 11020, 0},
  {106, 2000, 0},
  {106, 3020, 0},
  {108, 12040, 0},
  {109, 2020, 0},
  {110, 0, 0},
  {111, 7000, 0},
  {112, 7000, 0},
  {113, 8000, 0},
  {114, 7000, 0},
  {115, 7000, 0},
  {116, 7000, 0},
  {117, 7000, 0},
  {118, 7000, 0},
  {119, 7000, 0},
  {120, 2000, 0},
  {121, 9000, 0},
  {122, 2000, 0},
  {122, 4000, 0},
  {124, 2000, 0},
  {124, 12080, 0},
  {126, 2000, 0},
  {127, 2000, 0},
  {128, 11010, 0},
  {128, 11010, 1},
  {127, 7000, 1},
  {131, 2000, 0},
  {132, 10000, 0},
  {133, 10000, 0},
  {134, 13050, 0},
  {134, 13050, 1},
  {136, 11030, 0},
  {137, 2020, 0},
  {138, 11000, 0},
  {139, 12030, 0},
  {140, 13020, 0},
  {141, 12040, 0},
  {142, 12040, 0},
  {143, 12040, 0},
  {144, 9000, 0},
  {145, 2000, 0},
  {146, 3000, 0},
  {147, 4020, 0},
  {148, 2000, 0},
  {149, 2000, 0},
  {149, 3020, 0},
  {151, 4010, 0},
  {151, 6050, 0},
  {153, 2000, 0},
  {154, 2000, 0},
  {155, 2030, 0},
  {155, 3020, 0},
  {155, 7000, 1},
  {154, 3020, 0},
  {154, 7000, 1},
  {160, 2000, 0},
  {161, 2030, 0},
  {162, 2000, 0},
  {163, 2030, 0},
  {164, 2000, 0},
  {165, 6000, 0},
  {166, 6000, 0},
  {167, 3000, 0},
  {168, 11030, 0},
  {168, 12000, 0},
  {170, 11070, 0},
  {171, 10000, 0},
  {172, 10000, 0},
  {172, 12030, 0},
  {174, 10000, 0},
  {175, 11010, 0},
  {176, 11010, 0},
  {177, 11020, 0},
  {178, 11020, 0},
  {179, 10000, 0},
  {180, 10000, 0},
  {180, 12000, 0},
  {182, 11040, 0},
  {183, 11040, 0},
  {184, 10000, 0},
  {185, 10000, 0},
  {186, 12020, 0},
  {186, 12030, 0},
  {186, 13040, 0},
  {189, 11070, 0},
  {190, 11070, 0},
  {191, 10000, 0},
  {192, 10000, 0},
  {193, 12030, 0},
  {194, 10000, 0},
  {195, 11030, 0},
  {196, 10000, 0},
  {197, 10000, 0},
  {198, 11010, 0},
  {199, 11010, 0},
  {200, 11010, 0},
  {201, 11010, 0},
  {202, 11070, 0},
  {203, 11010, 0},
  {204, 10000, 0},
  {205, 11010, 0},
  {206, 11010, 0},
  {207, 11020, 0},
  {208, 11020, 0},
  {209, 12000, 0},
  {210, 13010, 0},
  {211, 10020, 0},
  {212, 10010, 0},
  {212, 12000, 0},
  {214, 10020, 0},
  {215, 10020, 0},
  {216, 12020, 0},
  {217, 10020, 0},
  {217, 12000, 0},
  {219, 11020, 0},
  {220, 11020, 0},
  {221, 11020, 0},
  {222, 11020, 0},
  {223, 10000, 0},
  {223, 12030, 0},
  {225, 13010, 0},
  {226, 10000, 0},
  {227, 10000, 0},
  {228, 10000, 0},
  {229, 10000, 0},
  {230, 10000, 0},
  {231, 11040, 0},
  {232, 12000, 0},
  {232, 12000, 1},
  {230, 11000, 0},
  {235, 11000, 0},
  {236, 11000, 0},
  {237, 10000, 0},
  {237, 12000, 0},
  {239, 11000, 0},
  {240, 10000, 0},
  {240, 12000, 0},
  {242, 10000, 0},
  {242, 10000, 1},
  {244, 11040, 0},
  {245, 11040, 0},
  {246, 10000, 0},
  {247, 10000, 0},
  {248, 10000, 0},
  {249, 10000, 0},
  {250, 10000, 0},
  {251, 13010, 0},
  {252, 10000, 0},
  {252, 12030, 0},
  {254, 10000, 0},
  {254, 12030, 0},
  {256, 11060, 0},
  {257, 13010, 0},
  {258, 13020, 0},
  {259, 13010, 0},
  {260, 10000, 0},
  {261, 11060, 0},
  {262, 12020, 0},
  {262, 13040, 0},
  {264, 11030, 0},
  {265, 10000, 0},
  {265, 12030, 0},
  {267, 11030, 0},
  {268, 11010, 0},
  {268, 11010, 1},
  {270, 7000, 0},
  {271, 3000, 0},
  {272, 3000, 0},
  {273, 3000, 0},
  {273, 7000, 1},
  {275, 7000, 0},
  {276, 5000, 0},
  {277, 3000, 0},
  {277, 3020, 0},
  {279, 3000, 0},
  {279, 6050, 0},
  {281, 3000, 0},
  {282, 3000, 0},
  {282, 7000, 1},
  {284, 3000, 0},
  {285, 3010, 0},
  {286, 3010, 0},
  {287, 12040, 0},
  {288, 12040, 0},
  {289, 12040, 0},
  {290, 12090, 0},
  {291, 12040, 0},
  {292, 12050, 0},
  {293, 12040, 0},
  {294, 10000, 0},
  {295, 10000, 0},
  {296, 2000, 0},
  {297, 4010, 0},
  {298, 4010, 0},
  {299, 4010, 0},
  {300, 4010, 0},
  {301, 4010, 0},
  {301, 11000, 0},
  {303, 12000, 0},
  {304, 12000, 0},
  {305, 12050, 0},
  {306, 12030, 0},
  {307, 13020, 0},
  {308, 12040, 0},
  {309, 12000, 0},
  {310, 12000, 0},
  {311, 2000, 0},
  {312, 9000, 0},
  {313, 9000, 0},
  {312, 9000, 1},
  {315, 2000, 0},
  {316, 2000, 0},
  {317, 10000, 0},
  {317, 10000, 1},
  {317, 13010, 0},
  {317, 13010, 1},
  {321, 4000, 0},
  {322, 11060, 0},
  {322, 11060, 1},
  {321, 7000, 1},
  {325, 12040, 0},
  {326, 12000, 0},
  {327, 12000, 0},
  {328, 12040, 0},
  {329, 12000, 0},
  {330, 12000, 0},
  {331, 12000, 0},
  {332, 12000, 0},
  {333, 12000, 0},
  {334, 12000, 0},
  {335, 5050, 0},
  {335, 6050, 0},
  {337, 5050, 0},
  {337, 6050, 0},
  {339, 5050, 0},
  {340, 5050, 0},
  {340, 6050, 0},
  {342, 5050, 0},
  {343, 13030, 0},
  {344, 13030, 0},
  {345, 13030, 0},
  {346, 13030, 0},
  {347, 13030, 0},
  {348, 13030, 0},
  {349, 13030, 0},
  {350, 13030, 0},
  {351, 13030, 0},
  {352, 13030, 0},
  {353, 13030, 0},
  {354, 13030, 0},
  {355, 12090, 0},
  {356, 12090, 0},
  {357, 12090, 0},
  {358, 12090, 0},
  {359, 12090, 0},
  {360, 10020, 0},
  {361, 10020, 0},
  {362, 8000, 0},
  {362, 12020, 0},
  {364, 2000, 0},
  {365, 11020, 0},
  {365, 11020, 1},
  {367, 11020, 0},
  {367, 11020, 1},
  {369, 2000, 0},
  {369, 3020, 0},
  {371, 6000, 0},
  {372, 2000, 0},
  {372, 3020, 0},
  {364, 3020, 0},
  {375, 12060, 0},
  {375, 12060, 1},
  {377, 10020, 0},
  {378, 13000, 0},
  {378, 13000, 1},
  {380, 13000, 0},
  {380, 13000, 1},
  {382, 10020, 0},
  {383, 2000, 0},
  {384, 11020, 0},
  {384, 11020, 1},
  {386, 2000, 0},
  {383, 3020, 0},
  {388, 10020, 0},
  {389, 2000, 0},
  {389, 3020, 0},
  {391, 10020, 0},
  {392, 10020, 0},
  {393, 13000, 0},
  {394, 11070, 0},
  {395, 2000, 0},
  {395, 3020, 0},
  {397, 13040, 0},
  {398, 13000, 0},
  {399, 2020, 0},
  {400, 2020, 0},
  {400, 3020, 0},
  {402, 2030, 0},
  {403, 4000, 0},
  {403, 6050, 0},
  {405, 4000, 0},
  {406, 10020, 0},
  {407, 10020, 0},
  {408, 11010, 0},
  {408, 11010, 1},
  {410, 11020, 0},
  {411, 11020, 0},
  {412, 11020, 0},
  {413, 11020, 0},
  {414, 11020, 0},
  {415, 11020, 0},
  {416, 11020, 0},
  {417, 11020, 0},
  {418, 11020, 0},
  {419, 11020, 0},
  {420, 11020, 0},
  {421, 8000, 0},
  {421, 8000, 1},
  {421, 12020, 0},
  {421, 12020, 1},
  {425, 13000, 0},
  {425, 13000, 1},
  {427, 8000, 0},
  {428, 8000, 0},
  {429, 10020, 0},
  {430, 11000, 0},
  {431, 10020, 0},
  {432, 13000, 0},
  {433, 10020, 0},
  {434, 4000, 0},
  {435, 2000, 0},
  {436, 2000, 0},
  {436, 3020, 0},
  {436, 7000, 1},
  {439, 2000, 0},
  {439, 3020, 0},
  {439, 7000, 1},
  {435, 3020, 0},
  {435, 7000, 1},
  {444, 2000, 0},
  {445, 2000, 0},
  {445, 3020, 0},
  {445, 7000, 1},
  {448, 12080, 0},
  {448, 12080, 1},
  {448, 13000, 0},
  {448, 13000, 1},
  {452, 4000, 0},
  {453, 4000, 0},
  {453, 7000, 1},
  {452, 7000, 1},
  {456, 13020, 0},
  {456, 13020, 1},
  {444, 3020, 0},
  {444, 7000, 1},
  {460, 4000, 0},
  {460, 7000, 1},
  {462, 2000, 0},
  {462, 3020, 0},
  {462, 7000, 1},
  {465, 2000, 0},
  {465, 3020, 0},
  {465, 7000, 1},
  {468, 2000, 0},
  {469, 2000, 0},
  {469, 3020, 0},
  {469, 7000, 1},
  {468, 3020, 0},
  {468, 7000, 1},
  {474, 12080, 0},
  {474, 12080, 1},
  {474, 13000, 0},
  {474, 13000, 1},
  {478, 2000, 0},
  {478, 3020, 0},
  {478, 7000, 1},
  {481, 2000, 0},
  {482, 3000, 0},
  {482, 3020, 0},
  {482, 7000, 1},
  {481, 3020, 0},
  {481, 7000, 1},
  {487, 2000, 0},
  {488, 2000, 0},
  {488, 3020, 0},
  {488, 7000, 1},
  {487, 3020, 0},
  {487, 7000, 1},
  {493, 2000, 0},
  {494, 2000, 0},
  {494, 3020, 0},
  {494, 7000, 1},
  {493, 3020, 0},
  {493, 7000, 1},
  {499, 2000, 0},
  {500, 2000, 0},
  {500, 3020, 0},
  {500, 7000, 1},
  {499, 3020, 0},
  {499, 7000, 1},
  {505, 4000, 0},
  {506, 4000, 0},
  {506, 7000, 1},
  {505, 7000, 1},
  {509, 13020, 0},
  {509, 13020, 1},
  {434, 7000, 1},
  {512, 2000, 0},
  {513, 3020, 0},
  {513, 7000, 1},
  {512, 3020, 0},
  {512, 7000, 1},
  {517, 2000, 0},
  {518, 3020, 0},
  {518, 7000, 1},
  {517, 3020, 0},
  {517, 7000, 1},
  {522, 2000, 0},
  {523, 3020, 0},
  {523, 7000, 1},
  {522, 3020, 0},
  {522, 7000, 1},
  {527, 2000, 0},
  {528, 3020, 0},
  {528, 7000, 1},
  {527, 3020, 0},
  {527, 7000, 1},
  {532, 2000, 0},
  {533, 3020, 0},
  {533, 7000, 1},
  {532, 3020, 0},
  {532, 7000, 1},
  {537, 2000, 0},
  {538, 3020, 0},
  {538, 7000, 1},
  {537, 3020, 0},
  {537, 7000, 1},
  {542, 5000, 0},
  {543, 5000, 0},
  {544, 5000, 0},
  {545, 11060, 0},
  {546, 11010, 0},
  {547, 12040, 0},
  {548, 2000, 0},
  {549, 12040, 0},
  {550, 2000, 0},
  {550, 3020, 0},
  {552, 11070, 0},
  {553, 3000, 0},
  {554, 2000, 0},
  {555, 2000, 0},
  {556, 2000, 0},
  {557, 2010, 0},
  {558, 2000, 0},
  {559, 2000, 0},
  {560, 12010, 0},
  {561, 12010, 0},
  {561, 13010, 0},
  {563, 12010, 0},
  {563, 13010, 0},
  {565, 12010, 0},
  {566, 12010, 0},
  {567, 12010, 0},
  {568, 10020, 0},
  {569, 6050, 0},
  {570, 7000, 0},
  {571, 11070, 0},
  {572, 6050, 0},
  {573, 7000, 0},
  {574, 11070, 0},
  {575, 2000, 0},
  {576, 2000, 0},
  {577, 2000, 0},
  {578, 2000, 0},
  {579, 2000, 0},
  {580, 4000, 0},
  {581, 7000, 0},
  {582, 6000, 0},
  {583, 4000, 0},
  {584, 4000, 0},
  {585, 4000, 0},
  {586, 10000, 0},
  {586, 10000, 1},
  {588, 5000, 0},
  {588, 7000, 1},
  {590, 6000, 0},
  {590, 7000, 1},
  {592, 8000, 0},
  {592, 8000, 1},
  {592, 11070, 0},
  {592, 11070, 1},
  {596, 10000, 0},
  {597, 13010, 0},
  {597, 13010, 1},
  {599, 12030, 0},
  {599, 12030, 1},
  {596, 10000, 1},
  {596, 10010, 0},
  {596, 10010, 1},
  {604, 13030, 0},
  {604, 13030, 1},
  {606, 11000, 0},
  {606, 11000, 1},
  {608, 2000, 0},
  {609, 5050, 0},
  {610, 2000, 0},
  {610, 4000, 0},
  {612, 10000, 0},
  {613, 13010, 0},
  {613, 13010, 1},
  {612, 10000, 1},
  {616, 11000, 0},
  {616, 11000, 1},
  {618, 10010, 0},
  {618, 10010, 1},
  {618, 11030, 0},
  {618, 11030, 1},
  {618, 12030, 0},
  {618, 12030, 1},
  {624, 9020, 0},
  {624, 9020, 1},
  {624, 12050, 0},
  {624, 12050, 1},
  {628, 13010, 0},
  {628, 13010, 1},
  {630, 12080, 0},
  {630, 12080, 1},
  {632, 5050, 0},
  {632, 7000, 1},
  {634, 12040, 0},
  {635, 12000, 0},
  {635, 12000, 1},
  {637, 5050, 0},
  {637, 7000, 1},
  {639, 10000, 0},
  {639, 10000, 1},
  {641, 2000, 0},
  {641, 7000, 1},
  {643, 11000, 0},
  {643, 11000, 1},
  {645, 2000, 0},
  {645, 7000, 1},
  {647, 11030, 0},
  {647, 11030, 1},
  {647, 12030, 0},
  {647, 12030, 1},
  {651, 3020, 0},
  {651, 7000, 1},
  {653, 8000, 0},
  {653, 8000, 1},
  {653, 11070, 0},
  {653, 11070, 1},
  {657, 9000, 0},
  {657, 9000, 1},
  {657, 11070, 0},
  {657, 11070, 1},
  {661, 8000, 0},
  {661, 8000, 1},
  {661, 11070, 0},
  {661, 11070, 1},
  {665, 9000, 0},
  {665, 9000, 1},
  {665, 11070, 0},
  {665, 11070, 1},
  {669, 5000, 0},
  {670, 5000, 0},
  {671, 5000, 0},
  {672, 3000, 0},
  {673, 3000, 0},
  {674, 12000, 0},
  {675, 12080, 0},
  {676, 12000, 0},
  {677, 12000, 0},
  {678, 13050, 0},
  {679, 5000, 0},
  {680, 5000, 0},
  {681, 5000, 0},
  {682, 5000, 0},
  {683, 5000, 0},
  {684, 2000, 0},
  {685, 2000, 0},
  {686, 2000, 0},
  {687, 2000, 0},
  {686, 3020, 0},
  {689, 2000, 0},
  {690, 8000, 0},
  {691, 2000, 0},
  {692, 2000, 0},
  {693, 2000, 0},
  {694, 5000, 0},
  {695, 5000, 0},
  {696, 5000, 0},
  {697, 5000, 0},
  {698, 5000, 0},
  {699, 2000, 0},
  {700, 2020, 0},
  {700, 3020, 0},
  {700, 4010, 0},
  {703, 2000, 0},
  {699, 3020, 0},
  {705, 2000, 0},
  {706, 8000, 0},
  {707, 2000, 0},
  {708, 2000, 0},
  {709, 2000, 0},
  {710, 5000, 0},
  {711, 5000, 0},
  {712, 5000, 0},
  {713, 5000, 0},
  {714, 5000, 0},
  {715, 10010, 0},
  {716, 11030, 0},
  {717, 11030, 0},
  {718, 11030, 0},
  {719, 3010, 0},
  {719, 3020, 0},
  {721, 3010, 0},
  {722, 10000, 0},
  {722, 10000, 1},
  {724, 0, 0},
  {725, 0, 0},
  {726, 0, 0},
  {727, 0, 0},
  {728, 0, 0},
  {729, 0, 0},
  {730, 0, 0},
  {731, 0, 0},
};
