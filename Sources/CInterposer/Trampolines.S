// Written by Catalogue/generate.py from Catalogue/. Do not edit.
#include "trampoline_macros.h"

  .text
UNSWAPPABLE EXPORT_NAME(cuArray3DCreate), 0
UNSWAPPABLE EXPORT_NAME(cuArray3DCreate_v2), 1
PASS EXPORT_NAME(cuArray3DGetDescriptor), 2
PASS EXPORT_NAME(cuArray3DGetDescriptor_v2), 3
UNSWAPPABLE EXPORT_NAME(cuArrayCreate), 4
UNSWAPPABLE EXPORT_NAME(cuArrayCreate_v2), 5
UNSWAPPABLE EXPORT_NAME(cuArrayDestroy), 6
PASS EXPORT_NAME(cuArrayGetDescriptor), 7
PASS EXPORT_NAME(cuArrayGetDescriptor_v2), 8
PASS EXPORT_NAME(cuArrayGetMemoryRequirements), 9
PASS EXPORT_NAME(cuArrayGetPlane), 10
PASS EXPORT_NAME(cuArrayGetSparseProperties), 11
PASS EXPORT_NAME(cuCheckpointOperationComplete), 12
PASS EXPORT_NAME(cuCheckpointProcessCheckpoint), 13
PASS EXPORT_NAME(cuCheckpointProcessGetRestoreThreadId), 14
PASS EXPORT_NAME(cuCheckpointProcessGetState), 15
PASS EXPORT_NAME(cuCheckpointProcessLock), 16
PASS EXPORT_NAME(cuCheckpointProcessRestore), 17
PASS EXPORT_NAME(cuCheckpointProcessUnlock), 18
PASS EXPORT_NAME(cuCoredumpDeregisterCompleteCallback), 19
PASS EXPORT_NAME(cuCoredumpDeregisterStartCallback), 20
PASS EXPORT_NAME(cuCoredumpGetAttribute), 21
PASS EXPORT_NAME(cuCoredumpGetAttributeGlobal), 22
PASS EXPORT_NAME(cuCoredumpRegisterCompleteCallback), 23
PASS EXPORT_NAME(cuCoredumpRegisterStartCallback), 24
PASS EXPORT_NAME(cuCoredumpSetAttribute), 25
PASS EXPORT_NAME(cuCoredumpSetAttributeGlobal), 26
PASS EXPORT_NAME(cuCtxAttach), 27
UNSWAPPABLE EXPORT_NAME(cuCtxCreate), 28
UNSWAPPABLE EXPORT_NAME(cuCtxCreate_v2), 29
UNSWAPPABLE EXPORT_NAME(cuCtxCreate_v3), 30
UNSWAPPABLE EXPORT_NAME(cuCtxCreate_v4), 31
UNSWAPPABLE EXPORT_NAME(cuCtxDestroy), 32
UNSWAPPABLE EXPORT_NAME(cuCtxDestroy_v2), 33
UNSWAPPABLE EXPORT_NAME(cuCtxDetach), 34
UNSWAPPABLE EXPORT_NAME(cuCtxDisablePeerAccess), 35
UNSWAPPABLE EXPORT_NAME(cuCtxEnablePeerAccess), 36
UNSWAPPABLE EXPORT_NAME(cuCtxFromGreenCtx), 37
PASS EXPORT_NAME(cuCtxGetApiVersion), 38
PASS EXPORT_NAME(cuCtxGetCacheConfig), 39
PASS EXPORT_NAME(cuCtxGetCurrent), 40
PASS EXPORT_NAME(cuCtxGetDevResource), 41
PASS EXPORT_NAME(cuCtxGetDevice), 42
PASS EXPORT_NAME(cuCtxGetDevice_v2), 43
PASS EXPORT_NAME(cuCtxGetExecAffinity), 44
PASS EXPORT_NAME(cuCtxGetFlags), 45
PASS EXPORT_NAME(cuCtxGetId), 46
PASS EXPORT_NAME(cuCtxGetLimit), 47
PASS EXPORT_NAME(cuCtxGetSharedMemConfig), 48
PASS EXPORT_NAME(cuCtxGetStreamPriorityRange), 49
PASS EXPORT_NAME(cuCtxPopCurrent), 50
PASS EXPORT_NAME(cuCtxPopCurrent_v2), 51
PASS EXPORT_NAME(cuCtxPushCurrent), 52
PASS EXPORT_NAME(cuCtxPushCurrent_v2), 53
PASS EXPORT_NAME(cuCtxRecordEvent), 54
PASS EXPORT_NAME(cuCtxResetPersistingL2Cache), 55
PASS EXPORT_NAME(cuCtxSetCacheConfig), 56
PASS EXPORT_NAME(cuCtxSetCurrent), 57
PASS EXPORT_NAME(cuCtxSetFlags), 58
UNSWAPPABLE EXPORT_NAME(cuCtxSetLimit), 59
PASS EXPORT_NAME(cuCtxSetSharedMemConfig), 60
PASS EXPORT_NAME(cuCtxSynchronize), 61
PASS EXPORT_NAME(cuCtxSynchronize_v2), 62
PASS EXPORT_NAME(cuCtxWaitEvent), 63
PASS EXPORT_NAME(cuDestroyExternalMemory), 64
PASS EXPORT_NAME(cuDestroyExternalSemaphore), 65
PASS EXPORT_NAME(cuDevResourceGenerateDesc), 66
PASS EXPORT_NAME(cuDevSmResourceSplit), 67
PASS EXPORT_NAME(cuDevSmResourceSplitByCount), 68
PASS EXPORT_NAME(cuDeviceCanAccessPeer), 69
PASS EXPORT_NAME(cuDeviceComputeCapability), 70
PASS EXPORT_NAME(cuDeviceGet), 71
UNSWAPPABLE EXPORT_NAME(cuDeviceGetAttribute), 72
PASS EXPORT_NAME(cuDeviceGetByPCIBusId), 73
PASS EXPORT_NAME(cuDeviceGetCliqueCount), 74
PASS EXPORT_NAME(cuDeviceGetCliqueInfo), 75
PASS EXPORT_NAME(cuDeviceGetCount), 76
UNSWAPPABLE EXPORT_NAME(cuDeviceGetDefaultMemPool), 77
PASS EXPORT_NAME(cuDeviceGetDevResource), 78
PASS EXPORT_NAME(cuDeviceGetExecAffinitySupport), 79
PASS EXPORT_NAME(cuDeviceGetFabricClusterUuid), 80
UNSWAPPABLE EXPORT_NAME(cuDeviceGetGraphMemAttribute), 81
PASS EXPORT_NAME(cuDeviceGetHostAtomicCapabilities), 82
PASS EXPORT_NAME(cuDeviceGetLuid), 83
UNSWAPPABLE EXPORT_NAME(cuDeviceGetMemPool), 84
PASS EXPORT_NAME(cuDeviceGetName), 85
PASS EXPORT_NAME(cuDeviceGetNvSciSyncAttributes), 86
PASS EXPORT_NAME(cuDeviceGetP2PAtomicCapabilities), 87
PASS EXPORT_NAME(cuDeviceGetP2PAttribute), 88
PASS EXPORT_NAME(cuDeviceGetPCIBusId), 89
PASS EXPORT_NAME(cuDeviceGetProperties), 90
PASS EXPORT_NAME(cuDeviceGetTexture1DLinearMaxWidth), 91
PASS EXPORT_NAME(cuDeviceGetUuid), 92
PASS EXPORT_NAME(cuDeviceGetUuid_v2), 93
PASS EXPORT_NAME(cuDeviceGraphMemTrim), 94
PASS EXPORT_NAME(cuDevicePrimaryCtxGetState), 95
UNSWAPPABLE EXPORT_NAME(cuDevicePrimaryCtxRelease), 96
UNSWAPPABLE EXPORT_NAME(cuDevicePrimaryCtxRelease_v2), 97
UNSWAPPABLE EXPORT_NAME(cuDevicePrimaryCtxReset), 98
UNSWAPPABLE EXPORT_NAME(cuDevicePrimaryCtxReset_v2), 99
UNSWAPPABLE EXPORT_NAME(cuDevicePrimaryCtxRetain), 100
PASS EXPORT_NAME(cuDevicePrimaryCtxSetFlags), 101
PASS EXPORT_NAME(cuDevicePrimaryCtxSetFlags_v2), 102
PASS EXPORT_NAME(cuDeviceRegisterAsyncNotification), 103
UNSWAPPABLE EXPORT_NAME(cuDeviceSetGraphMemAttribute), 104
UNSWAPPABLE EXPORT_NAME(cuDeviceSetMemPool), 105
UNSWAPPABLE EXPORT_NAME(cuDeviceTotalMem), 106
UNSWAPPABLE EXPORT_NAME(cuDeviceTotalMem_v2), 107
PASS EXPORT_NAME(cuDeviceUnregisterAsyncNotification), 108
PASS EXPORT_NAME(cuDriverGetVersion), 109
PASS EXPORT_NAME(cuEGLApiInit), 110
PASS EXPORT_NAME(cuEGLStreamConsumerAcquireFrame), 111
PASS EXPORT_NAME(cuEGLStreamConsumerConnect), 112
PASS EXPORT_NAME(cuEGLStreamConsumerConnectWithFlags), 113
PASS EXPORT_NAME(cuEGLStreamConsumerDisconnect), 114
PASS EXPORT_NAME(cuEGLStreamConsumerReleaseFrame), 115
PASS EXPORT_NAME(cuEGLStreamProducerConnect), 116
PASS EXPORT_NAME(cuEGLStreamProducerDisconnect), 117
PASS EXPORT_NAME(cuEGLStreamProducerPresentFrame), 118
PASS EXPORT_NAME(cuEGLStreamProducerReturnFrame), 119
PASS EXPORT_NAME(cuEventCreate), 120
PASS EXPORT_NAME(cuEventCreateFromEGLSync), 121
PASS EXPORT_NAME(cuEventDestroy), 122
PASS EXPORT_NAME(cuEventDestroy_v2), 123
PASS EXPORT_NAME(cuEventElapsedTime), 124
PASS EXPORT_NAME(cuEventElapsedTime_v2), 125
PASS EXPORT_NAME(cuEventQuery), 126
PASS EXPORT_NAME(cuEventRecord), 127
PASS EXPORT_NAME(cuEventRecordWithFlags), 128
PASS EXPORT_NAME(cuEventRecordWithFlags_ptsz), 129
PASS EXPORT_NAME(cuEventRecord_ptsz), 130
PASS EXPORT_NAME(cuEventSynchronize), 131
PASS EXPORT_NAME(cuExternalMemoryGetMappedBuffer), 132
PASS EXPORT_NAME(cuExternalMemoryGetMappedMipmappedArray), 133
GATED EXPORT_NAME(cuFabricCpyBatchAsync), 134, 1, 0
GATED EXPORT_NAME(cuFabricCpyBatchAsync_ptsz), 135, 1, 0
PASS EXPORT_NAME(cuFlushGPUDirectRDMAWrites), 136
PASS EXPORT_NAME(cuFuncGetAttribute), 137
PASS EXPORT_NAME(cuFuncGetModule), 138
PASS EXPORT_NAME(cuFuncGetName), 139
PASS EXPORT_NAME(cuFuncGetParamCount), 140
PASS EXPORT_NAME(cuFuncGetParamInfo), 141
PASS EXPORT_NAME(cuFuncIsLoaded), 142
PASS EXPORT_NAME(cuFuncLoad), 143
PASS EXPORT_NAME(cuFuncSetAttribute), 144
PASS EXPORT_NAME(cuFuncSetBlockShape), 145
PASS EXPORT_NAME(cuFuncSetCacheConfig), 146
PASS EXPORT_NAME(cuFuncSetSharedMemConfig), 147
PASS EXPORT_NAME(cuFuncSetSharedSize), 148
UNSWAPPABLE EXPORT_NAME(cuGLCtxCreate), 149
UNSWAPPABLE EXPORT_NAME(cuGLCtxCreate_v2), 150
PASS EXPORT_NAME(cuGLGetDevices), 151
PASS EXPORT_NAME(cuGLGetDevices_v2), 152
PASS EXPORT_NAME(cuGLInit), 153
PASS EXPORT_NAME(cuGLMapBufferObject), 154
PASS EXPORT_NAME(cuGLMapBufferObjectAsync), 155
PASS EXPORT_NAME(cuGLMapBufferObjectAsync_v2), 156
PASS EXPORT_NAME(cuGLMapBufferObjectAsync_v2_ptsz), 157
PASS EXPORT_NAME(cuGLMapBufferObject_v2), 158
PASS EXPORT_NAME(cuGLMapBufferObject_v2_ptds), 159
PASS EXPORT_NAME(cuGLRegisterBufferObject), 160
PASS EXPORT_NAME(cuGLSetBufferObjectMapFlags), 161
PASS EXPORT_NAME(cuGLUnmapBufferObject), 162
PASS EXPORT_NAME(cuGLUnmapBufferObjectAsync), 163
PASS EXPORT_NAME(cuGLUnregisterBufferObject), 164
PASS EXPORT_NAME(cuGetErrorName), 165
PASS EXPORT_NAME(cuGetErrorString), 166
PASS EXPORT_NAME(cuGetExportTable), 167
ANSWERED EXPORT_NAME(cuGetProcAddress), 168, tidelock_cuGetProcAddress
ANSWERED EXPORT_NAME(cuGetProcAddress_v2), 169, tidelock_cuGetProcAddress_v2
GATED EXPORT_NAME(cuGraphAddBatchMemOpNode), 170, 0, 0
PASS EXPORT_NAME(cuGraphAddChildGraphNode), 171
PASS EXPORT_NAME(cuGraphAddDependencies), 172
PASS EXPORT_NAME(cuGraphAddDependencies_v2), 173
PASS EXPORT_NAME(cuGraphAddEmptyNode), 174
PASS EXPORT_NAME(cuGraphAddEventRecordNode), 175
PASS EXPORT_NAME(cuGraphAddEventWaitNode), 176
PASS EXPORT_NAME(cuGraphAddExternalSemaphoresSignalNode), 177
PASS EXPORT_NAME(cuGraphAddExternalSemaphoresWaitNode), 178
PASS EXPORT_NAME(cuGraphAddHostNode), 179
PASS EXPORT_NAME(cuGraphAddKernelNode), 180
PASS EXPORT_NAME(cuGraphAddKernelNode_v2), 181
UNSWAPPABLE EXPORT_NAME(cuGraphAddMemAllocNode), 182
UNSWAPPABLE EXPORT_NAME(cuGraphAddMemFreeNode), 183
GATED EXPORT_NAME(cuGraphAddMemcpyNode), 184, 0, 0
GATED EXPORT_NAME(cuGraphAddMemsetNode), 185, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphAddNode), 186, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphAddNode_v2), 187, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphAddNode_v3), 188, 0, 0
PASS EXPORT_NAME(cuGraphBatchMemOpNodeGetParams), 189
GATED EXPORT_NAME(cuGraphBatchMemOpNodeSetParams), 190, 0, 0
PASS EXPORT_NAME(cuGraphChildGraphNodeGetGraph), 191
PASS EXPORT_NAME(cuGraphClone), 192
PASS EXPORT_NAME(cuGraphConditionalHandleCreate), 193
PASS EXPORT_NAME(cuGraphCreate), 194
PASS EXPORT_NAME(cuGraphDebugDotPrint), 195
PASS EXPORT_NAME(cuGraphDestroy), 196
PASS EXPORT_NAME(cuGraphDestroyNode), 197
PASS EXPORT_NAME(cuGraphEventRecordNodeGetEvent), 198
PASS EXPORT_NAME(cuGraphEventRecordNodeSetEvent), 199
PASS EXPORT_NAME(cuGraphEventWaitNodeGetEvent), 200
PASS EXPORT_NAME(cuGraphEventWaitNodeSetEvent), 201
GATED EXPORT_NAME(cuGraphExecBatchMemOpNodeSetParams), 202, 0, 0
PASS EXPORT_NAME(cuGraphExecChildGraphNodeSetParams), 203
PASS EXPORT_NAME(cuGraphExecDestroy), 204
PASS EXPORT_NAME(cuGraphExecEventRecordNodeSetEvent), 205
PASS EXPORT_NAME(cuGraphExecEventWaitNodeSetEvent), 206
PASS EXPORT_NAME(cuGraphExecExternalSemaphoresSignalNodeSetParams), 207
PASS EXPORT_NAME(cuGraphExecExternalSemaphoresWaitNodeSetParams), 208
PASS EXPORT_NAME(cuGraphExecGetFlags), 209
PASS EXPORT_NAME(cuGraphExecGetId), 210
PASS EXPORT_NAME(cuGraphExecHostNodeSetParams), 211
PASS EXPORT_NAME(cuGraphExecKernelNodeSetParams), 212
PASS EXPORT_NAME(cuGraphExecKernelNodeSetParams_v2), 213
GATED EXPORT_NAME(cuGraphExecMemcpyNodeSetParams), 214, 0, 0
GATED EXPORT_NAME(cuGraphExecMemsetNodeSetParams), 215, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphExecNodeSetParams), 216, 0, 0
GATED EXPORT_NAME(cuGraphExecUpdate), 217, 0, 0
GATED EXPORT_NAME(cuGraphExecUpdate_v2), 218, 0, 0
PASS EXPORT_NAME(cuGraphExternalSemaphoresSignalNodeGetParams), 219
PASS EXPORT_NAME(cuGraphExternalSemaphoresSignalNodeSetParams), 220
PASS EXPORT_NAME(cuGraphExternalSemaphoresWaitNodeGetParams), 221
PASS EXPORT_NAME(cuGraphExternalSemaphoresWaitNodeSetParams), 222
PASS EXPORT_NAME(cuGraphGetEdges), 223
PASS EXPORT_NAME(cuGraphGetEdges_v2), 224
PASS EXPORT_NAME(cuGraphGetId), 225
PASS EXPORT_NAME(cuGraphGetNodes), 226
PASS EXPORT_NAME(cuGraphGetRootNodes), 227
PASS EXPORT_NAME(cuGraphHostNodeGetParams), 228
PASS EXPORT_NAME(cuGraphHostNodeSetParams), 229
GATED EXPORT_NAME(cuGraphInstantiate), 230, 0, 0
GATED EXPORT_NAME(cuGraphInstantiateWithFlags), 231, 0, 0
GATED EXPORT_NAME(cuGraphInstantiateWithParams), 232, 0, 0
GATED EXPORT_NAME(cuGraphInstantiateWithParams_ptsz), 233, 0, 0
GATED EXPORT_NAME(cuGraphInstantiate_v2), 234, 0, 0
PASS EXPORT_NAME(cuGraphKernelNodeCopyAttributes), 235
PASS EXPORT_NAME(cuGraphKernelNodeGetAttribute), 236
PASS EXPORT_NAME(cuGraphKernelNodeGetParams), 237
PASS EXPORT_NAME(cuGraphKernelNodeGetParams_v2), 238
PASS EXPORT_NAME(cuGraphKernelNodeSetAttribute), 239
PASS EXPORT_NAME(cuGraphKernelNodeSetParams), 240
PASS EXPORT_NAME(cuGraphKernelNodeSetParams_v2), 241
GATED EXPORT_NAME(cuGraphLaunch), 242, 0, 0
GATED EXPORT_NAME(cuGraphLaunch_ptsz), 243, 0, 0
UNSWAPPABLE EXPORT_NAME(cuGraphMemAllocNodeGetParams), 244
UNSWAPPABLE EXPORT_NAME(cuGraphMemFreeNodeGetParams), 245
PASS EXPORT_NAME(cuGraphMemcpyNodeGetParams), 246
GATED EXPORT_NAME(cuGraphMemcpyNodeSetParams), 247, 0, 0
PASS EXPORT_NAME(cuGraphMemsetNodeGetParams), 248
GATED EXPORT_NAME(cuGraphMemsetNodeSetParams), 249, 0, 0
PASS EXPORT_NAME(cuGraphNodeFindInClone), 250
PASS EXPORT_NAME(cuGraphNodeGetContainingGraph), 251
PASS EXPORT_NAME(cuGraphNodeGetDependencies), 252
PASS EXPORT_NAME(cuGraphNodeGetDependencies_v2), 253
PASS EXPORT_NAME(cuGraphNodeGetDependentNodes), 254
PASS EXPORT_NAME(cuGraphNodeGetDependentNodes_v2), 255
PASS EXPORT_NAME(cuGraphNodeGetEnabled), 256
PASS EXPORT_NAME(cuGraphNodeGetLocalId), 257
PASS EXPORT_NAME(cuGraphNodeGetParams), 258
PASS EXPORT_NAME(cuGraphNodeGetToolsId), 259
PASS EXPORT_NAME(cuGraphNodeGetType), 260
PASS EXPORT_NAME(cuGraphNodeSetEnabled), 261
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphNodeSetParams), 262, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuGraphNodeSetParams_v2), 263, 0, 0
PASS EXPORT_NAME(cuGraphReleaseUserObject), 264
PASS EXPORT_NAME(cuGraphRemoveDependencies), 265
PASS EXPORT_NAME(cuGraphRemoveDependencies_v2), 266
PASS EXPORT_NAME(cuGraphRetainUserObject), 267
GATED EXPORT_NAME(cuGraphUpload), 268, 0, 0
GATED EXPORT_NAME(cuGraphUpload_ptsz), 269, 0, 0
PASS EXPORT_NAME(cuGraphicsEGLRegisterImage), 270
PASS EXPORT_NAME(cuGraphicsGLRegisterBuffer), 271
PASS EXPORT_NAME(cuGraphicsGLRegisterImage), 272
PASS EXPORT_NAME(cuGraphicsMapResources), 273
PASS EXPORT_NAME(cuGraphicsMapResources_ptsz), 274
PASS EXPORT_NAME(cuGraphicsResourceGetMappedEglFrame), 275
PASS EXPORT_NAME(cuGraphicsResourceGetMappedMipmappedArray), 276
PASS EXPORT_NAME(cuGraphicsResourceGetMappedPointer), 277
PASS EXPORT_NAME(cuGraphicsResourceGetMappedPointer_v2), 278
PASS EXPORT_NAME(cuGraphicsResourceSetMapFlags), 279
PASS EXPORT_NAME(cuGraphicsResourceSetMapFlags_v2), 280
PASS EXPORT_NAME(cuGraphicsSubResourceGetMappedArray), 281
PASS EXPORT_NAME(cuGraphicsUnmapResources), 282
PASS EXPORT_NAME(cuGraphicsUnmapResources_ptsz), 283
PASS EXPORT_NAME(cuGraphicsUnregisterResource), 284
PASS EXPORT_NAME(cuGraphicsVDPAURegisterOutputSurface), 285
PASS EXPORT_NAME(cuGraphicsVDPAURegisterVideoSurface), 286
PASS EXPORT_NAME(cuGreenCtxCreate), 287
PASS EXPORT_NAME(cuGreenCtxDestroy), 288
PASS EXPORT_NAME(cuGreenCtxGetDevResource), 289
PASS EXPORT_NAME(cuGreenCtxGetId), 290
PASS EXPORT_NAME(cuGreenCtxRecordEvent), 291
UNSWAPPABLE EXPORT_NAME(cuGreenCtxStreamCreate), 292
PASS EXPORT_NAME(cuGreenCtxWaitEvent), 293
PASS EXPORT_NAME(cuImportExternalMemory), 294
PASS EXPORT_NAME(cuImportExternalSemaphore), 295
PASS EXPORT_NAME(cuInit), 296
UNSWAPPABLE EXPORT_NAME(cuIpcCloseMemHandle), 297
PASS EXPORT_NAME(cuIpcGetEventHandle), 298
GATED_UNSWAPPABLE EXPORT_NAME(cuIpcGetMemHandle), 299, 0, 0
PASS EXPORT_NAME(cuIpcOpenEventHandle), 300
UNSWAPPABLE EXPORT_NAME(cuIpcOpenMemHandle), 301
UNSWAPPABLE EXPORT_NAME(cuIpcOpenMemHandle_v2), 302
PASS EXPORT_NAME(cuKernelGetAttribute), 303
PASS EXPORT_NAME(cuKernelGetFunction), 304
PASS EXPORT_NAME(cuKernelGetLibrary), 305
PASS EXPORT_NAME(cuKernelGetName), 306
PASS EXPORT_NAME(cuKernelGetParamCount), 307
PASS EXPORT_NAME(cuKernelGetParamInfo), 308
PASS EXPORT_NAME(cuKernelSetAttribute), 309
PASS EXPORT_NAME(cuKernelSetCacheConfig), 310
GATED EXPORT_NAME(cuLaunch), 311, 0, 0
GATED EXPORT_NAME(cuLaunchCooperativeKernel), 312, 0, 4
GATED EXPORT_NAME(cuLaunchCooperativeKernelMultiDevice), 313, 0, 0
GATED EXPORT_NAME(cuLaunchCooperativeKernel_ptsz), 314, 0, 4
GATED EXPORT_NAME(cuLaunchGrid), 315, 0, 0
GATED EXPORT_NAME(cuLaunchGridAsync), 316, 0, 0
PASS EXPORT_NAME(cuLaunchHostFunc), 317
PASS EXPORT_NAME(cuLaunchHostFunc_ptsz), 318
PASS EXPORT_NAME(cuLaunchHostFunc_v2), 319
PASS EXPORT_NAME(cuLaunchHostFunc_v2_ptsz), 320
GATED EXPORT_NAME(cuLaunchKernel), 321, 0, 5
GATED EXPORT_NAME(cuLaunchKernelEx), 322, 0, 0
GATED EXPORT_NAME(cuLaunchKernelEx_ptsz), 323, 0, 0
GATED EXPORT_NAME(cuLaunchKernel_ptsz), 324, 0, 5
PASS EXPORT_NAME(cuLibraryEnumerateKernels), 325
PASS EXPORT_NAME(cuLibraryGetGlobal), 326
PASS EXPORT_NAME(cuLibraryGetKernel), 327
PASS EXPORT_NAME(cuLibraryGetKernelCount), 328
PASS EXPORT_NAME(cuLibraryGetManaged), 329
PASS EXPORT_NAME(cuLibraryGetModule), 330
PASS EXPORT_NAME(cuLibraryGetUnifiedFunction), 331
UNSWAPPABLE EXPORT_NAME(cuLibraryLoadData), 332
UNSWAPPABLE EXPORT_NAME(cuLibraryLoadFromFile), 333
UNSWAPPABLE EXPORT_NAME(cuLibraryUnload), 334
PASS EXPORT_NAME(cuLinkAddData), 335
PASS EXPORT_NAME(cuLinkAddData_v2), 336
PASS EXPORT_NAME(cuLinkAddFile), 337
PASS EXPORT_NAME(cuLinkAddFile_v2), 338
PASS EXPORT_NAME(cuLinkComplete), 339
PASS EXPORT_NAME(cuLinkCreate), 340
PASS EXPORT_NAME(cuLinkCreate_v2), 341
PASS EXPORT_NAME(cuLinkDestroy), 342
PASS EXPORT_NAME(cuLogicalEndpointAddDevice), 343
GATED_UNSWAPPABLE EXPORT_NAME(cuLogicalEndpointBindAddr), 344, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuLogicalEndpointBindMem), 345, 0, 1
PASS EXPORT_NAME(cuLogicalEndpointCreate), 346
PASS EXPORT_NAME(cuLogicalEndpointDestroy), 347
PASS EXPORT_NAME(cuLogicalEndpointExport), 348
PASS EXPORT_NAME(cuLogicalEndpointGetLimits), 349
PASS EXPORT_NAME(cuLogicalEndpointIdRelease), 350
PASS EXPORT_NAME(cuLogicalEndpointIdReserve), 351
PASS EXPORT_NAME(cuLogicalEndpointImport), 352
PASS EXPORT_NAME(cuLogicalEndpointQuery), 353
GATED_UNSWAPPABLE EXPORT_NAME(cuLogicalEndpointUnbind), 354, 0, 0
PASS EXPORT_NAME(cuLogsCurrent), 355
PASS EXPORT_NAME(cuLogsDumpToFile), 356
PASS EXPORT_NAME(cuLogsDumpToMemory), 357
PASS EXPORT_NAME(cuLogsRegisterCallback), 358
PASS EXPORT_NAME(cuLogsUnregisterCallback), 359
UNSWAPPABLE EXPORT_NAME(cuMemAddressFree), 360
UNSWAPPABLE EXPORT_NAME(cuMemAddressReserve), 361
GATED EXPORT_NAME(cuMemAdvise), 362, 1, 0
GATED EXPORT_NAME(cuMemAdvise_v2), 363, 1, 0
PASS EXPORT_NAME(cuMemAlloc), 364
UNSWAPPABLE EXPORT_NAME(cuMemAllocAsync), 365
UNSWAPPABLE EXPORT_NAME(cuMemAllocAsync_ptsz), 366
UNSWAPPABLE EXPORT_NAME(cuMemAllocFromPoolAsync), 367
UNSWAPPABLE EXPORT_NAME(cuMemAllocFromPoolAsync_ptsz), 368
PASS EXPORT_NAME(cuMemAllocHost), 369
PASS EXPORT_NAME(cuMemAllocHost_v2), 370
UNSWAPPABLE EXPORT_NAME(cuMemAllocManaged), 371
PASS EXPORT_NAME(cuMemAllocPitch), 372
UNSWAPPABLE EXPORT_NAME(cuMemAllocPitch_v2), 373
UNSWAPPABLE EXPORT_NAME(cuMemAlloc_v2), 374
GATED_UNSWAPPABLE EXPORT_NAME(cuMemBatchDecompressAsync), 375, 1, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuMemBatchDecompressAsync_ptsz), 376, 1, 0
UNSWAPPABLE EXPORT_NAME(cuMemCreate), 377
GATED EXPORT_NAME(cuMemDiscardAndPrefetchBatchAsync), 378, 1, 2
GATED EXPORT_NAME(cuMemDiscardAndPrefetchBatchAsync_ptsz), 379, 1, 2
GATED EXPORT_NAME(cuMemDiscardBatchAsync), 380, 1, 0
GATED EXPORT_NAME(cuMemDiscardBatchAsync_ptsz), 381, 1, 0
UNSWAPPABLE EXPORT_NAME(cuMemExportToShareableHandle), 382
PASS EXPORT_NAME(cuMemFree), 383
UNSWAPPABLE EXPORT_NAME(cuMemFreeAsync), 384
UNSWAPPABLE EXPORT_NAME(cuMemFreeAsync_ptsz), 385
PASS EXPORT_NAME(cuMemFreeHost), 386
UNSWAPPABLE EXPORT_NAME(cuMemFree_v2), 387
UNSWAPPABLE EXPORT_NAME(cuMemGetAccess), 388
UNSWAPPABLE EXPORT_NAME(cuMemGetAddressRange), 389
UNSWAPPABLE EXPORT_NAME(cuMemGetAddressRange_v2), 390
PASS EXPORT_NAME(cuMemGetAllocationGranularity), 391
UNSWAPPABLE EXPORT_NAME(cuMemGetAllocationPropertiesFromHandle), 392
UNSWAPPABLE EXPORT_NAME(cuMemGetDefaultMemPool), 393
GATED_UNSWAPPABLE EXPORT_NAME(cuMemGetHandleForAddressRange), 394, 0, 0
UNSWAPPABLE EXPORT_NAME(cuMemGetInfo), 395
UNSWAPPABLE EXPORT_NAME(cuMemGetInfo_v2), 396
UNSWAPPABLE EXPORT_NAME(cuMemGetLocationInfo), 397
UNSWAPPABLE EXPORT_NAME(cuMemGetMemPool), 398
PASS EXPORT_NAME(cuMemHostAlloc), 399
PASS EXPORT_NAME(cuMemHostGetDevicePointer), 400
PASS EXPORT_NAME(cuMemHostGetDevicePointer_v2), 401
PASS EXPORT_NAME(cuMemHostGetFlags), 402
PASS EXPORT_NAME(cuMemHostRegister), 403
PASS EXPORT_NAME(cuMemHostRegister_v2), 404
PASS EXPORT_NAME(cuMemHostUnregister), 405
UNSWAPPABLE EXPORT_NAME(cuMemImportFromShareableHandle), 406
UNSWAPPABLE EXPORT_NAME(cuMemMap), 407
GATED EXPORT_NAME(cuMemMapArrayAsync), 408, 0, 0
GATED EXPORT_NAME(cuMemMapArrayAsync_ptsz), 409, 0, 0
UNSWAPPABLE EXPORT_NAME(cuMemPoolCreate), 410
UNSWAPPABLE EXPORT_NAME(cuMemPoolDestroy), 411
UNSWAPPABLE EXPORT_NAME(cuMemPoolExportPointer), 412
UNSWAPPABLE EXPORT_NAME(cuMemPoolExportToShareableHandle), 413
UNSWAPPABLE EXPORT_NAME(cuMemPoolGetAccess), 414
UNSWAPPABLE EXPORT_NAME(cuMemPoolGetAttribute), 415
UNSWAPPABLE EXPORT_NAME(cuMemPoolImportFromShareableHandle), 416
UNSWAPPABLE EXPORT_NAME(cuMemPoolImportPointer), 417
UNSWAPPABLE EXPORT_NAME(cuMemPoolSetAccess), 418
UNSWAPPABLE EXPORT_NAME(cuMemPoolSetAttribute), 419
UNSWAPPABLE EXPORT_NAME(cuMemPoolTrimTo), 420
GATED EXPORT_NAME(cuMemPrefetchAsync), 421, 1, 0
GATED EXPORT_NAME(cuMemPrefetchAsync_ptsz), 422, 1, 0
GATED EXPORT_NAME(cuMemPrefetchAsync_v2), 423, 1, 0
GATED EXPORT_NAME(cuMemPrefetchAsync_v2_ptsz), 424, 1, 0
GATED EXPORT_NAME(cuMemPrefetchBatchAsync), 425, 1, 2
GATED EXPORT_NAME(cuMemPrefetchBatchAsync_ptsz), 426, 1, 2
PASS EXPORT_NAME(cuMemRangeGetAttribute), 427
PASS EXPORT_NAME(cuMemRangeGetAttributes), 428
UNSWAPPABLE EXPORT_NAME(cuMemRelease), 429
UNSWAPPABLE EXPORT_NAME(cuMemRetainAllocationHandle), 430
UNSWAPPABLE EXPORT_NAME(cuMemSetAccess), 431
UNSWAPPABLE EXPORT_NAME(cuMemSetMemPool), 432
UNSWAPPABLE EXPORT_NAME(cuMemUnmap), 433
GATED EXPORT_NAME(cuMemcpy), 434, 1, 0
PASS EXPORT_NAME(cuMemcpy2D), 435
PASS EXPORT_NAME(cuMemcpy2DAsync), 436
GATED EXPORT_NAME(cuMemcpy2DAsync_v2), 437, 1, 0
GATED EXPORT_NAME(cuMemcpy2DAsync_v2_ptsz), 438, 1, 0
PASS EXPORT_NAME(cuMemcpy2DUnaligned), 439
GATED EXPORT_NAME(cuMemcpy2DUnaligned_v2), 440, 1, 0
GATED EXPORT_NAME(cuMemcpy2DUnaligned_v2_ptds), 441, 1, 0
GATED EXPORT_NAME(cuMemcpy2D_v2), 442, 1, 0
GATED EXPORT_NAME(cuMemcpy2D_v2_ptds), 443, 1, 0
PASS EXPORT_NAME(cuMemcpy3D), 444
PASS EXPORT_NAME(cuMemcpy3DAsync), 445
GATED EXPORT_NAME(cuMemcpy3DAsync_v2), 446, 1, 0
GATED EXPORT_NAME(cuMemcpy3DAsync_v2_ptsz), 447, 1, 0
GATED EXPORT_NAME(cuMemcpy3DBatchAsync), 448, 1, 0
GATED EXPORT_NAME(cuMemcpy3DBatchAsync_ptsz), 449, 1, 0
GATED EXPORT_NAME(cuMemcpy3DBatchAsync_v2), 450, 1, 0
GATED EXPORT_NAME(cuMemcpy3DBatchAsync_v2_ptsz), 451, 1, 0
GATED EXPORT_NAME(cuMemcpy3DPeer), 452, 1, 0
GATED EXPORT_NAME(cuMemcpy3DPeerAsync), 453, 1, 0
GATED EXPORT_NAME(cuMemcpy3DPeerAsync_ptsz), 454, 1, 0
GATED EXPORT_NAME(cuMemcpy3DPeer_ptds), 455, 1, 0
GATED EXPORT_NAME(cuMemcpy3DWithAttributesAsync), 456, 1, 0
GATED EXPORT_NAME(cuMemcpy3DWithAttributesAsync_ptsz), 457, 1, 0
GATED EXPORT_NAME(cuMemcpy3D_v2), 458, 1, 0
GATED EXPORT_NAME(cuMemcpy3D_v2_ptds), 459, 1, 0
GATED EXPORT_NAME(cuMemcpyAsync), 460, 1, 0
GATED EXPORT_NAME(cuMemcpyAsync_ptsz), 461, 1, 0
PASS EXPORT_NAME(cuMemcpyAtoA), 462
GATED EXPORT_NAME(cuMemcpyAtoA_v2), 463, 1, 0
GATED EXPORT_NAME(cuMemcpyAtoA_v2_ptds), 464, 1, 0
PASS EXPORT_NAME(cuMemcpyAtoD), 465
GATED EXPORT_NAME(cuMemcpyAtoD_v2), 466, 1, 0
GATED EXPORT_NAME(cuMemcpyAtoD_v2_ptds), 467, 1, 0
PASS EXPORT_NAME(cuMemcpyAtoH), 468
PASS EXPORT_NAME(cuMemcpyAtoHAsync), 469
GATED EXPORT_NAME(cuMemcpyAtoHAsync_v2), 470, 1, 0
GATED EXPORT_NAME(cuMemcpyAtoHAsync_v2_ptsz), 471, 1, 0
GATED EXPORT_NAME(cuMemcpyAtoH_v2), 472, 1, 0
GATED EXPORT_NAME(cuMemcpyAtoH_v2_ptds), 473, 1, 0
GATED EXPORT_NAME(cuMemcpyBatchAsync), 474, 1, 3
GATED EXPORT_NAME(cuMemcpyBatchAsync_ptsz), 475, 1, 3
GATED EXPORT_NAME(cuMemcpyBatchAsync_v2), 476, 1, 2
GATED EXPORT_NAME(cuMemcpyBatchAsync_v2_ptsz), 477, 1, 2
PASS EXPORT_NAME(cuMemcpyDtoA), 478
GATED EXPORT_NAME(cuMemcpyDtoA_v2), 479, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoA_v2_ptds), 480, 1, 0
PASS EXPORT_NAME(cuMemcpyDtoD), 481
PASS EXPORT_NAME(cuMemcpyDtoDAsync), 482
GATED EXPORT_NAME(cuMemcpyDtoDAsync_v2), 483, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoDAsync_v2_ptsz), 484, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoD_v2), 485, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoD_v2_ptds), 486, 1, 0
PASS EXPORT_NAME(cuMemcpyDtoH), 487
PASS EXPORT_NAME(cuMemcpyDtoHAsync), 488
GATED EXPORT_NAME(cuMemcpyDtoHAsync_v2), 489, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoHAsync_v2_ptsz), 490, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoH_v2), 491, 1, 0
GATED EXPORT_NAME(cuMemcpyDtoH_v2_ptds), 492, 1, 0
PASS EXPORT_NAME(cuMemcpyHtoA), 493
PASS EXPORT_NAME(cuMemcpyHtoAAsync), 494
GATED EXPORT_NAME(cuMemcpyHtoAAsync_v2), 495, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoAAsync_v2_ptsz), 496, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoA_v2), 497, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoA_v2_ptds), 498, 1, 0
PASS EXPORT_NAME(cuMemcpyHtoD), 499
PASS EXPORT_NAME(cuMemcpyHtoDAsync), 500
GATED EXPORT_NAME(cuMemcpyHtoDAsync_v2), 501, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoDAsync_v2_ptsz), 502, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoD_v2), 503, 1, 0
GATED EXPORT_NAME(cuMemcpyHtoD_v2_ptds), 504, 1, 0
GATED EXPORT_NAME(cuMemcpyPeer), 505, 1, 0
GATED EXPORT_NAME(cuMemcpyPeerAsync), 506, 1, 0
GATED EXPORT_NAME(cuMemcpyPeerAsync_ptsz), 507, 1, 0
GATED EXPORT_NAME(cuMemcpyPeer_ptds), 508, 1, 0
GATED EXPORT_NAME(cuMemcpyWithAttributesAsync), 509, 1, 0
GATED EXPORT_NAME(cuMemcpyWithAttributesAsync_ptsz), 510, 1, 0
GATED EXPORT_NAME(cuMemcpy_ptds), 511, 1, 0
PASS EXPORT_NAME(cuMemsetD16), 512
GATED EXPORT_NAME(cuMemsetD16Async), 513, 1, 0
GATED EXPORT_NAME(cuMemsetD16Async_ptsz), 514, 1, 0
GATED EXPORT_NAME(cuMemsetD16_v2), 515, 1, 0
GATED EXPORT_NAME(cuMemsetD16_v2_ptds), 516, 1, 0
PASS EXPORT_NAME(cuMemsetD2D16), 517
GATED EXPORT_NAME(cuMemsetD2D16Async), 518, 1, 0
GATED EXPORT_NAME(cuMemsetD2D16Async_ptsz), 519, 1, 0
GATED EXPORT_NAME(cuMemsetD2D16_v2), 520, 1, 0
GATED EXPORT_NAME(cuMemsetD2D16_v2_ptds), 521, 1, 0
PASS EXPORT_NAME(cuMemsetD2D32), 522
GATED EXPORT_NAME(cuMemsetD2D32Async), 523, 1, 0
GATED EXPORT_NAME(cuMemsetD2D32Async_ptsz), 524, 1, 0
GATED EXPORT_NAME(cuMemsetD2D32_v2), 525, 1, 0
GATED EXPORT_NAME(cuMemsetD2D32_v2_ptds), 526, 1, 0
PASS EXPORT_NAME(cuMemsetD2D8), 527
GATED EXPORT_NAME(cuMemsetD2D8Async), 528, 1, 0
GATED EXPORT_NAME(cuMemsetD2D8Async_ptsz), 529, 1, 0
GATED EXPORT_NAME(cuMemsetD2D8_v2), 530, 1, 0
GATED EXPORT_NAME(cuMemsetD2D8_v2_ptds), 531, 1, 0
PASS EXPORT_NAME(cuMemsetD32), 532
GATED EXPORT_NAME(cuMemsetD32Async), 533, 1, 0
GATED EXPORT_NAME(cuMemsetD32Async_ptsz), 534, 1, 0
GATED EXPORT_NAME(cuMemsetD32_v2), 535, 1, 0
GATED EXPORT_NAME(cuMemsetD32_v2_ptds), 536, 1, 0
PASS EXPORT_NAME(cuMemsetD8), 537
GATED EXPORT_NAME(cuMemsetD8Async), 538, 1, 0
GATED EXPORT_NAME(cuMemsetD8Async_ptsz), 539, 1, 0
GATED EXPORT_NAME(cuMemsetD8_v2), 540, 1, 0
GATED EXPORT_NAME(cuMemsetD8_v2_ptds), 541, 1, 0
UNSWAPPABLE EXPORT_NAME(cuMipmappedArrayCreate), 542
UNSWAPPABLE EXPORT_NAME(cuMipmappedArrayDestroy), 543
PASS EXPORT_NAME(cuMipmappedArrayGetLevel), 544
PASS EXPORT_NAME(cuMipmappedArrayGetMemoryRequirements), 545
PASS EXPORT_NAME(cuMipmappedArrayGetSparseProperties), 546
PASS EXPORT_NAME(cuModuleEnumerateFunctions), 547
PASS EXPORT_NAME(cuModuleGetFunction), 548
PASS EXPORT_NAME(cuModuleGetFunctionCount), 549
PASS EXPORT_NAME(cuModuleGetGlobal), 550
PASS EXPORT_NAME(cuModuleGetGlobal_v2), 551
PASS EXPORT_NAME(cuModuleGetLoadingMode), 552
PASS EXPORT_NAME(cuModuleGetSurfRef), 553
PASS EXPORT_NAME(cuModuleGetTexRef), 554
UNSWAPPABLE EXPORT_NAME(cuModuleLoad), 555
UNSWAPPABLE EXPORT_NAME(cuModuleLoadData), 556
UNSWAPPABLE EXPORT_NAME(cuModuleLoadDataEx), 557
UNSWAPPABLE EXPORT_NAME(cuModuleLoadFatBinary), 558
UNSWAPPABLE EXPORT_NAME(cuModuleUnload), 559
PASS EXPORT_NAME(cuMulticastAddDevice), 560
GATED_UNSWAPPABLE EXPORT_NAME(cuMulticastBindAddr), 561, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuMulticastBindAddr_v2), 562, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuMulticastBindMem), 563, 0, 0
GATED_UNSWAPPABLE EXPORT_NAME(cuMulticastBindMem_v2), 564, 0, 1
UNSWAPPABLE EXPORT_NAME(cuMulticastCreate), 565
PASS EXPORT_NAME(cuMulticastGetGranularity), 566
GATED_UNSWAPPABLE EXPORT_NAME(cuMulticastUnbind), 567, 0, 0
PASS EXPORT_NAME(cuOccupancyAvailableDynamicSMemPerBlock), 568
PASS EXPORT_NAME(cuOccupancyMaxActiveBlocksPerMultiprocessor), 569
PASS EXPORT_NAME(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags), 570
PASS EXPORT_NAME(cuOccupancyMaxActiveClusters), 571
PASS EXPORT_NAME(cuOccupancyMaxPotentialBlockSize), 572
PASS EXPORT_NAME(cuOccupancyMaxPotentialBlockSizeWithFlags), 573
PASS EXPORT_NAME(cuOccupancyMaxPotentialClusterSize), 574
PASS EXPORT_NAME(cuParamSetSize), 575
PASS EXPORT_NAME(cuParamSetTexRef), 576
PASS EXPORT_NAME(cuParamSetf), 577
PASS EXPORT_NAME(cuParamSeti), 578
PASS EXPORT_NAME(cuParamSetv), 579
UNSWAPPABLE EXPORT_NAME(cuPointerGetAttribute), 580
UNSWAPPABLE EXPORT_NAME(cuPointerGetAttributes), 581
GATED_UNSWAPPABLE EXPORT_NAME(cuPointerSetAttribute), 582, 0, 0
PASS EXPORT_NAME(cuProfilerInitialize), 583
PASS EXPORT_NAME(cuProfilerStart), 584
PASS EXPORT_NAME(cuProfilerStop), 585
PASS EXPORT_NAME(cuSignalExternalSemaphoresAsync), 586
PASS EXPORT_NAME(cuSignalExternalSemaphoresAsync_ptsz), 587
PASS EXPORT_NAME(cuStreamAddCallback), 588
PASS EXPORT_NAME(cuStreamAddCallback_ptsz), 589
PASS EXPORT_NAME(cuStreamAttachMemAsync), 590
PASS EXPORT_NAME(cuStreamAttachMemAsync_ptsz), 591
GATED EXPORT_NAME(cuStreamBatchMemOp), 592, 1, 0
GATED EXPORT_NAME(cuStreamBatchMemOp_ptsz), 593, 1, 0
GATED EXPORT_NAME(cuStreamBatchMemOp_v2), 594, 1, 0
GATED EXPORT_NAME(cuStreamBatchMemOp_v2_ptsz), 595, 1, 0
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCapture), 596
PASS EXPORT_NAME(cuStreamBeginCaptureToCig), 597
PASS EXPORT_NAME(cuStreamBeginCaptureToCig_ptsz), 598
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCaptureToGraph), 599
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCaptureToGraph_ptsz), 600
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCapture_ptsz), 601
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCapture_v2), 602
UNSWAPPABLE EXPORT_NAME(cuStreamBeginCapture_v2_ptsz), 603
UNSWAPPABLE EXPORT_NAME(cuStreamBeginRecaptureToGraph), 604
UNSWAPPABLE EXPORT_NAME(cuStreamBeginRecaptureToGraph_ptsz), 605
PASS EXPORT_NAME(cuStreamCopyAttributes), 606
PASS EXPORT_NAME(cuStreamCopyAttributes_ptsz), 607
UNSWAPPABLE EXPORT_NAME(cuStreamCreate), 608
UNSWAPPABLE EXPORT_NAME(cuStreamCreateWithPriority), 609
UNSWAPPABLE EXPORT_NAME(cuStreamDestroy), 610
UNSWAPPABLE EXPORT_NAME(cuStreamDestroy_v2), 611
UNSWAPPABLE EXPORT_NAME(cuStreamEndCapture), 612
PASS EXPORT_NAME(cuStreamEndCaptureToCig), 613
PASS EXPORT_NAME(cuStreamEndCaptureToCig_ptsz), 614
UNSWAPPABLE EXPORT_NAME(cuStreamEndCapture_ptsz), 615
PASS EXPORT_NAME(cuStreamGetAttribute), 616
PASS EXPORT_NAME(cuStreamGetAttribute_ptsz), 617
PASS EXPORT_NAME(cuStreamGetCaptureInfo), 618
PASS EXPORT_NAME(cuStreamGetCaptureInfo_ptsz), 619
PASS EXPORT_NAME(cuStreamGetCaptureInfo_v2), 620
PASS EXPORT_NAME(cuStreamGetCaptureInfo_v2_ptsz), 621
PASS EXPORT_NAME(cuStreamGetCaptureInfo_v3), 622
PASS EXPORT_NAME(cuStreamGetCaptureInfo_v3_ptsz), 623
PASS EXPORT_NAME(cuStreamGetCtx), 624
PASS EXPORT_NAME(cuStreamGetCtx_ptsz), 625
PASS EXPORT_NAME(cuStreamGetCtx_v2), 626
PASS EXPORT_NAME(cuStreamGetCtx_v2_ptsz), 627
PASS EXPORT_NAME(cuStreamGetDevResource), 628
PASS EXPORT_NAME(cuStreamGetDevResource_ptsz), 629
PASS EXPORT_NAME(cuStreamGetDevice), 630
PASS EXPORT_NAME(cuStreamGetDevice_ptsz), 631
PASS EXPORT_NAME(cuStreamGetFlags), 632
PASS EXPORT_NAME(cuStreamGetFlags_ptsz), 633
PASS EXPORT_NAME(cuStreamGetGreenCtx), 634
PASS EXPORT_NAME(cuStreamGetId), 635
PASS EXPORT_NAME(cuStreamGetId_ptsz), 636
PASS EXPORT_NAME(cuStreamGetPriority), 637
PASS EXPORT_NAME(cuStreamGetPriority_ptsz), 638
PASS EXPORT_NAME(cuStreamIsCapturing), 639
PASS EXPORT_NAME(cuStreamIsCapturing_ptsz), 640
PASS EXPORT_NAME(cuStreamQuery), 641
PASS EXPORT_NAME(cuStreamQuery_ptsz), 642
PASS EXPORT_NAME(cuStreamSetAttribute), 643
PASS EXPORT_NAME(cuStreamSetAttribute_ptsz), 644
PASS EXPORT_NAME(cuStreamSynchronize), 645
PASS EXPORT_NAME(cuStreamSynchronize_ptsz), 646
PASS EXPORT_NAME(cuStreamUpdateCaptureDependencies), 647
PASS EXPORT_NAME(cuStreamUpdateCaptureDependencies_ptsz), 648
PASS EXPORT_NAME(cuStreamUpdateCaptureDependencies_v2), 649
PASS EXPORT_NAME(cuStreamUpdateCaptureDependencies_v2_ptsz), 650
PASS EXPORT_NAME(cuStreamWaitEvent), 651
PASS EXPORT_NAME(cuStreamWaitEvent_ptsz), 652
GATED EXPORT_NAME(cuStreamWaitValue32), 653, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue32_ptsz), 654, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue32_v2), 655, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue32_v2_ptsz), 656, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue64), 657, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue64_ptsz), 658, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue64_v2), 659, 1, 0
GATED EXPORT_NAME(cuStreamWaitValue64_v2_ptsz), 660, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue32), 661, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue32_ptsz), 662, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue32_v2), 663, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue32_v2_ptsz), 664, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue64), 665, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue64_ptsz), 666, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue64_v2), 667, 1, 0
GATED EXPORT_NAME(cuStreamWriteValue64_v2_ptsz), 668, 1, 0
PASS EXPORT_NAME(cuSurfObjectCreate), 669
PASS EXPORT_NAME(cuSurfObjectDestroy), 670
PASS EXPORT_NAME(cuSurfObjectGetResourceDesc), 671
PASS EXPORT_NAME(cuSurfRefGetArray), 672
PASS EXPORT_NAME(cuSurfRefSetArray), 673
PASS EXPORT_NAME(cuTensorMapEncodeIm2col), 674
PASS EXPORT_NAME(cuTensorMapEncodeIm2colWide), 675
PASS EXPORT_NAME(cuTensorMapEncodeTiled), 676
PASS EXPORT_NAME(cuTensorMapReplaceAddress), 677
PASS EXPORT_NAME(cuTensorMapSetAllocationClass), 678
GATED EXPORT_NAME(cuTexObjectCreate), 679, 0, 0
PASS EXPORT_NAME(cuTexObjectDestroy), 680
PASS EXPORT_NAME(cuTexObjectGetResourceDesc), 681
PASS EXPORT_NAME(cuTexObjectGetResourceViewDesc), 682
PASS EXPORT_NAME(cuTexObjectGetTextureDesc), 683
PASS EXPORT_NAME(cuTexRefCreate), 684
PASS EXPORT_NAME(cuTexRefDestroy), 685
PASS EXPORT_NAME(cuTexRefGetAddress), 686
PASS EXPORT_NAME(cuTexRefGetAddressMode), 687
PASS EXPORT_NAME(cuTexRefGetAddress_v2), 688
PASS EXPORT_NAME(cuTexRefGetArray), 689
PASS EXPORT_NAME(cuTexRefGetBorderColor), 690
PASS EXPORT_NAME(cuTexRefGetFilterMode), 691
PASS EXPORT_NAME(cuTexRefGetFlags), 692
PASS EXPORT_NAME(cuTexRefGetFormat), 693
PASS EXPORT_NAME(cuTexRefGetMaxAnisotropy), 694
PASS EXPORT_NAME(cuTexRefGetMipmapFilterMode), 695
PASS EXPORT_NAME(cuTexRefGetMipmapLevelBias), 696
PASS EXPORT_NAME(cuTexRefGetMipmapLevelClamp), 697
PASS EXPORT_NAME(cuTexRefGetMipmappedArray), 698
PASS EXPORT_NAME(cuTexRefSetAddress), 699
PASS EXPORT_NAME(cuTexRefSetAddress2D), 700
GATED EXPORT_NAME(cuTexRefSetAddress2D_v2), 701, 0, 0
GATED EXPORT_NAME(cuTexRefSetAddress2D_v3), 702, 0, 0
PASS EXPORT_NAME(cuTexRefSetAddressMode), 703
GATED EXPORT_NAME(cuTexRefSetAddress_v2), 704, 0, 0
PASS EXPORT_NAME(cuTexRefSetArray), 705
PASS EXPORT_NAME(cuTexRefSetBorderColor), 706
PASS EXPORT_NAME(cuTexRefSetFilterMode), 707
PASS EXPORT_NAME(cuTexRefSetFlags), 708
PASS EXPORT_NAME(cuTexRefSetFormat), 709
PASS EXPORT_NAME(cuTexRefSetMaxAnisotropy), 710
PASS EXPORT_NAME(cuTexRefSetMipmapFilterMode), 711
PASS EXPORT_NAME(cuTexRefSetMipmapLevelBias), 712
PASS EXPORT_NAME(cuTexRefSetMipmapLevelClamp), 713
PASS EXPORT_NAME(cuTexRefSetMipmappedArray), 714
PASS EXPORT_NAME(cuThreadExchangeStreamCaptureMode), 715
PASS EXPORT_NAME(cuUserObjectCreate), 716
PASS EXPORT_NAME(cuUserObjectRelease), 717
PASS EXPORT_NAME(cuUserObjectRetain), 718
UNSWAPPABLE EXPORT_NAME(cuVDPAUCtxCreate), 719
UNSWAPPABLE EXPORT_NAME(cuVDPAUCtxCreate_v2), 720
PASS EXPORT_NAME(cuVDPAUGetDevice), 721
PASS EXPORT_NAME(cuWaitExternalSemaphoresAsync), 722
PASS EXPORT_NAME(cuWaitExternalSemaphoresAsync_ptsz), 723
PASS EXPORT_NAME(cudbgApiAttach), 724
PASS EXPORT_NAME(cudbgApiDetach), 725
PASS EXPORT_NAME(cudbgApiInit), 726
PASS EXPORT_NAME(cudbgGetAPI), 727
PASS EXPORT_NAME(cudbgGetAPIVersion), 728
PASS EXPORT_NAME(cudbgMain), 729
PASS EXPORT_NAME(cudbgReportDriverApiError), 730
PASS EXPORT_NAME(cudbgReportDriverInternalError), 731

// Names the driver has and the catalogue lacks are bound to these at first look-up.
UNKNOWN tidelock_unknown_0, 732
UNKNOWN tidelock_unknown_1, 733
UNKNOWN tidelock_unknown_2, 734
UNKNOWN tidelock_unknown_3, 735
UNKNOWN tidelock_unknown_4, 736
UNKNOWN tidelock_unknown_5, 737
UNKNOWN tidelock_unknown_6, 738
UNKNOWN tidelock_unknown_7, 739
UNKNOWN tidelock_unknown_8, 740
UNKNOWN tidelock_unknown_9, 741
UNKNOWN tidelock_unknown_10, 742
UNKNOWN tidelock_unknown_11, 743
UNKNOWN tidelock_unknown_12, 744
UNKNOWN tidelock_unknown_13, 745
UNKNOWN tidelock_unknown_14, 746
UNKNOWN tidelock_unknown_15, 747
UNKNOWN tidelock_unknown_16, 748
UNKNOWN tidelock_unknown_17, 749
UNKNOWN tidelock_unknown_18, 750
UNKNOWN tidelock_unknown_19, 751
UNKNOWN tidelock_unknown_20, 752
UNKNOWN tidelock_unknown_21, 753
UNKNOWN tidelock_unknown_22, 754
UNKNOWN tidelock_unknown_23, 755
UNKNOWN tidelock_unknown_24, 756
UNKNOWN tidelock_unknown_25, 757
UNKNOWN tidelock_unknown_26, 758
UNKNOWN tidelock_unknown_27, 759
UNKNOWN tidelock_unknown_28, 760
UNKNOWN tidelock_unknown_29, 761
UNKNOWN tidelock_unknown_30, 762
UNKNOWN tidelock_unknown_31, 763
UNKNOWN tidelock_unknown_32, 764
UNKNOWN tidelock_unknown_33, 765
UNKNOWN tidelock_unknown_34, 766
UNKNOWN tidelock_unknown_35, 767
UNKNOWN tidelock_unknown_36, 768
UNKNOWN tidelock_unknown_37, 769
UNKNOWN tidelock_unknown_38, 770
UNKNOWN tidelock_unknown_39, 771
UNKNOWN tidelock_unknown_40, 772
UNKNOWN tidelock_unknown_41, 773
UNKNOWN tidelock_unknown_42, 774
UNKNOWN tidelock_unknown_43, 775
UNKNOWN tidelock_unknown_44, 776
UNKNOWN tidelock_unknown_45, 777
UNKNOWN tidelock_unknown_46, 778
UNKNOWN tidelock_unknown_47, 779
UNKNOWN tidelock_unknown_48, 780
UNKNOWN tidelock_unknown_49, 781
UNKNOWN tidelock_unknown_50, 782
UNKNOWN tidelock_unknown_51, 783
UNKNOWN tidelock_unknown_52, 784
UNKNOWN tidelock_unknown_53, 785
UNKNOWN tidelock_unknown_54, 786
UNKNOWN tidelock_unknown_55, 787
UNKNOWN tidelock_unknown_56, 788
UNKNOWN tidelock_unknown_57, 789
UNKNOWN tidelock_unknown_58, 790
UNKNOWN tidelock_unknown_59, 791
UNKNOWN tidelock_unknown_60, 792
UNKNOWN tidelock_unknown_61, 793
UNKNOWN tidelock_unknown_62, 794
UNKNOWN tidelock_unknown_63, 795
UNKNOWN tidelock_unknown_64, 796
UNKNOWN tidelock_unknown_65, 797
UNKNOWN tidelock_unknown_66, 798
UNKNOWN tidelock_unknown_67, 799
UNKNOWN tidelock_unknown_68, 800
UNKNOWN tidelock_unknown_69, 801
UNKNOWN tidelock_unknown_70, 802
UNKNOWN tidelock_unknown_71, 803
UNKNOWN tidelock_unknown_72, 804
UNKNOWN tidelock_unknown_73, 805
UNKNOWN tidelock_unknown_74, 806
UNKNOWN tidelock_unknown_75, 807
UNKNOWN tidelock_unknown_76, 808
UNKNOWN tidelock_unknown_77, 809
UNKNOWN tidelock_unknown_78, 810
UNKNOWN tidelock_unknown_79, 811
UNKNOWN tidelock_unknown_80, 812
UNKNOWN tidelock_unknown_81, 813
UNKNOWN tidelock_unknown_82, 814
UNKNOWN tidelock_unknown_83, 815
UNKNOWN tidelock_unknown_84, 816
UNKNOWN tidelock_unknown_85, 817
UNKNOWN tidelock_unknown_86, 818
UNKNOWN tidelock_unknown_87, 819
UNKNOWN tidelock_unknown_88, 820
UNKNOWN tidelock_unknown_89, 821
UNKNOWN tidelock_unknown_90, 822
UNKNOWN tidelock_unknown_91, 823
UNKNOWN tidelock_unknown_92, 824
UNKNOWN tidelock_unknown_93, 825
UNKNOWN tidelock_unknown_94, 826
UNKNOWN tidelock_unknown_95, 827
UNKNOWN tidelock_unknown_96, 828
UNKNOWN tidelock_unknown_97, 829
UNKNOWN tidelock_unknown_98, 830
UNKNOWN tidelock_unknown_99, 831
UNKNOWN tidelock_unknown_100, 832
UNKNOWN tidelock_unknown_101, 833
UNKNOWN tidelock_unknown_102, 834
UNKNOWN tidelock_unknown_103, 835
UNKNOWN tidelock_unknown_104, 836
UNKNOWN tidelock_unknown_105, 837
UNKNOWN tidelock_unknown_106, 838
UNKNOWN tidelock_unknown_107, 839
UNKNOWN tidelock_unknown_108, 840
UNKNOWN tidelock_unknown_109, 841
UNKNOWN tidelock_unknown_110, 842
UNKNOWN tidelock_unknown_111, 843
UNKNOWN tidelock_unknown_112, 844
UNKNOWN tidelock_unknown_113, 845
UNKNOWN tidelock_unknown_114, 846
UNKNOWN tidelock_unknown_115, 847
UNKNOWN tidelock_unknown_116, 848
UNKNOWN tidelock_unknown_117, 849
UNKNOWN tidelock_unknown_118, 850
UNKNOWN tidelock_unknown_119, 851
UNKNOWN tidelock_unknown_120, 852
UNKNOWN tidelock_unknown_121, 853
UNKNOWN tidelock_unknown_122, 854
UNKNOWN tidelock_unknown_123, 855
UNKNOWN tidelock_unknown_124, 856
UNKNOWN tidelock_unknown_125, 857
UNKNOWN tidelock_unknown_126, 858
UNKNOWN tidelock_unknown_127, 859
UNKNOWN tidelock_unknown_128, 860
UNKNOWN tidelock_unknown_129, 861
UNKNOWN tidelock_unknown_130, 862
UNKNOWN tidelock_unknown_131, 863
UNKNOWN tidelock_unknown_132, 864
UNKNOWN tidelock_unknown_133, 865
UNKNOWN tidelock_unknown_134, 866
UNKNOWN tidelock_unknown_135, 867
UNKNOWN tidelock_unknown_136, 868
UNKNOWN tidelock_unknown_137, 869
UNKNOWN tidelock_unknown_138, 870
UNKNOWN tidelock_unknown_139, 871
UNKNOWN tidelock_unknown_140, 872
UNKNOWN tidelock_unknown_141, 873
UNKNOWN tidelock_unknown_142, 874
UNKNOWN tidelock_unknown_143, 875
UNKNOWN tidelock_unknown_144, 876
UNKNOWN tidelock_unknown_145, 877
UNKNOWN tidelock_unknown_146, 878
UNKNOWN tidelock_unknown_147, 879
UNKNOWN tidelock_unknown_148, 880
UNKNOWN tidelock_unknown_149, 881
UNKNOWN tidelock_unknown_150, 882
UNKNOWN tidelock_unknown_151, 883
UNKNOWN tidelock_unknown_152, 884
UNKNOWN tidelock_unknown_153, 885
UNKNOWN tidelock_unknown_154, 886
UNKNOWN tidelock_unknown_155, 887
UNKNOWN tidelock_unknown_156, 888
UNKNOWN tidelock_unknown_157, 889
UNKNOWN tidelock_unknown_158, 890
UNKNOWN tidelock_unknown_159, 891
UNKNOWN tidelock_unknown_160, 892
UNKNOWN tidelock_unknown_161, 893
UNKNOWN tidelock_unknown_162, 894
UNKNOWN tidelock_unknown_163, 895
UNKNOWN tidelock_unknown_164, 896
UNKNOWN tidelock_unknown_165, 897
UNKNOWN tidelock_unknown_166, 898
UNKNOWN tidelock_unknown_167, 899
UNKNOWN tidelock_unknown_168, 900
UNKNOWN tidelock_unknown_169, 901
UNKNOWN tidelock_unknown_170, 902
UNKNOWN tidelock_unknown_171, 903
UNKNOWN tidelock_unknown_172, 904
UNKNOWN tidelock_unknown_173, 905
UNKNOWN tidelock_unknown_174, 906
UNKNOWN tidelock_unknown_175, 907
UNKNOWN tidelock_unknown_176, 908
UNKNOWN tidelock_unknown_177, 909
UNKNOWN tidelock_unknown_178, 910
UNKNOWN tidelock_unknown_179, 911
UNKNOWN tidelock_unknown_180, 912
UNKNOWN tidelock_unknown_181, 913
UNKNOWN tidelock_unknown_182, 914
UNKNOWN tidelock_unknown_183, 915
UNKNOWN tidelock_unknown_184, 916
UNKNOWN tidelock_unknown_185, 917
UNKNOWN tidelock_unknown_186, 918
UNKNOWN tidelock_unknown_187, 919
UNKNOWN tidelock_unknown_188, 920
UNKNOWN tidelock_unknown_189, 921
UNKNOWN tidelock_unknown_190, 922
UNKNOWN tidelock_unknown_191, 923
UNKNOWN tidelock_unknown_192, 924
UNKNOWN tidelock_unknown_193, 925
UNKNOWN tidelock_unknown_194, 926
UNKNOWN tidelock_unknown_195, 927
UNKNOWN tidelock_unknown_196, 928
UNKNOWN tidelock_unknown_197, 929
UNKNOWN tidelock_unknown_198, 930
UNKNOWN tidelock_unknown_199, 931
UNKNOWN tidelock_unknown_200, 932
UNKNOWN tidelock_unknown_201, 933
UNKNOWN tidelock_unknown_202, 934
UNKNOWN tidelock_unknown_203, 935
UNKNOWN tidelock_unknown_204, 936
UNKNOWN tidelock_unknown_205, 937
UNKNOWN tidelock_unknown_206, 938
UNKNOWN tidelock_unknown_207, 939
UNKNOWN tidelock_unknown_208, 940
UNKNOWN tidelock_unknown_209, 941
UNKNOWN tidelock_unknown_210, 942
UNKNOWN tidelock_unknown_211, 943
UNKNOWN tidelock_unknown_212, 944
UNKNOWN tidelock_unknown_213, 945
UNKNOWN tidelock_unknown_214, 946
UNKNOWN tidelock_unknown_215, 947
UNKNOWN tidelock_unknown_216, 948
UNKNOWN tidelock_unknown_217, 949
UNKNOWN tidelock_unknown_218, 950
UNKNOWN tidelock_unknown_219, 951
UNKNOWN tidelock_unknown_220, 952
UNKNOWN tidelock_unknown_221, 953
UNKNOWN tidelock_unknown_222, 954
UNKNOWN tidelock_unknown_223, 955
UNKNOWN tidelock_unknown_224, 956
UNKNOWN tidelock_unknown_225, 957
UNKNOWN tidelock_unknown_226, 958
UNKNOWN tidelock_unknown_227, 959
UNKNOWN tidelock_unknown_228, 960
UNKNOWN tidelock_unknown_229, 961
UNKNOWN tidelock_unknown_230, 962
UNKNOWN tidelock_unknown_231, 963
UNKNOWN tidelock_unknown_232, 964
UNKNOWN tidelock_unknown_233, 965
UNKNOWN tidelock_unknown_234, 966
UNKNOWN tidelock_unknown_235, 967
UNKNOWN tidelock_unknown_236, 968
UNKNOWN tidelock_unknown_237, 969
UNKNOWN tidelock_unknown_238, 970
UNKNOWN tidelock_unknown_239, 971
UNKNOWN tidelock_unknown_240, 972
UNKNOWN tidelock_unknown_241, 973
UNKNOWN tidelock_unknown_242, 974
UNKNOWN tidelock_unknown_243, 975
UNKNOWN tidelock_unknown_244, 976
UNKNOWN tidelock_unknown_245, 977
UNKNOWN tidelock_unknown_246, 978
UNKNOWN tidelock_unknown_247, 979
UNKNOWN tidelock_unknown_248, 980
UNKNOWN tidelock_unknown_249, 981
UNKNOWN tidelock_unknown_250, 982
UNKNOWN tidelock_unknown_251, 983
UNKNOWN tidelock_unknown_252, 984
UNKNOWN tidelock_unknown_253, 985
UNKNOWN tidelock_unknown_254, 986
UNKNOWN tidelock_unknown_255, 987

// First use.
UNBOUND 0
UNBOUND 1
UNBOUND 2
UNBOUND 3
UNBOUND 4
UNBOUND 5
UNBOUND 6
UNBOUND 7
UNBOUND 8
UNBOUND 9
UNBOUND 10
UNBOUND 11
UNBOUND 12
UNBOUND 13
UNBOUND 14
UNBOUND 15
UNBOUND 16
UNBOUND 17
UNBOUND 18
UNBOUND 19
UNBOUND 20
UNBOUND 21
UNBOUND 22
UNBOUND 23
UNBOUND 24
UNBOUND 25
UNBOUND 26
UNBOUND 27
UNBOUND 28
UNBOUND 29
UNBOUND 30
UNBOUND 31
UNBOUND 32
UNBOUND 33
UNBOUND 34
UNBOUND 35
UNBOUND 36
UNBOUND 37
UNBOUND 38
UNBOUND 39
UNBOUND 40
UNBOUND 41
UNBOUND 42
UNBOUND 43
UNBOUND 44
UNBOUND 45
UNBOUND 46
UNBOUND 47
UNBOUND 48
UNBOUND 49
UNBOUND 50
UNBOUND 51
UNBOUND 52
UNBOUND 53
UNBOUND 54
UNBOUND 55
UNBOUND 56
UNBOUND 57
UNBOUND 58
UNBOUND 59
UNBOUND 60
UNBOUND 61
UNBOUND 62
UNBOUND 63
UNBOUND 64
UNBOUND 65
UNBOUND 66
UNBOUND 67
UNBOUND 68
UNBOUND 69
UNBOUND 70
UNBOUND 71
UNBOUND 72
UNBOUND 73
UNBOUND 74
UNBOUND 75
UNBOUND 76
UNBOUND 77
UNBOUND 78
UNBOUND 79
UNBOUND 80
UNBOUND 81
UNBOUND 82
UNBOUND 83
UNBOUND 84
UNBOUND 85
UNBOUND 86
UNBOUND 87
UNBOUND 88
UNBOUND 89
UNBOUND 90
UNBOUND 91
UNBOUND 92
UNBOUND 93
UNBOUND 94
UNBOUND 95
UNBOUND 96
UNBOUND 97
UNBOUND 98
UNBOUND 99
UNBOUND 100
UNBOUND 101
UNBOUND 102
UNBOUND 103
UNBOUND 104
UNBOUND 105
UNBOUND 106
UNBOUND 107
UNBOUND 108
UNBOUND 109
UNBOUND 110
UNBOUND 111
UNBOUND 112
UNBOUND 113
UNBOUND 114
UNBOUND 115
UNBOUND 116
UNBOUND 117
UNBOUND 118
UNBOUND 119
UNBOUND 120
UNBOUND 121
UNBOUND 122
UNBOUND 123
UNBOUND 124
UNBOUND 125
UNBOUND 126
UNBOUND 127
UNBOUND 128
UNBOUND 129
UNBOUND 130
UNBOUND 131
UNBOUND 132
UNBOUND 133
UNBOUND 134
UNBOUND 135
UNBOUND 136
UNBOUND 137
UNBOUND 138
UNBOUND 139
UNBOUND 140
UNBOUND 141
UNBOUND 142
UNBOUND 143
UNBOUND 144
UNBOUND 145
UNBOUND 146
UNBOUND 147
UNBOUND 148
UNBOUND 149
UNBOUND 150
UNBOUND 151
UNBOUND 152
UNBOUND 153
UNBOUND 154
UNBOUND 155
UNBOUND 156
UNBOUND 157
UNBOUND 158
UNBOUND 159
UNBOUND 160
UNBOUND 161
UNBOUND 162
UNBOUND 163
UNBOUND 164
UNBOUND 165
UNBOUND 166
UNBOUND 167
UNBOUND 168
UNBOUND 169
UNBOUND 170
UNBOUND 171
UNBOUND 172
UNBOUND 173
UNBOUND 174
UNBOUND 175
UNBOUND 176
UNBOUND 177
UNBOUND 178
UNBOUND 179
UNBOUND 180
UNBOUND 181
UNBOUND 182
UNBOUND 183
UNBOUND 184
UNBOUND 185
UNBOUND 186
UNBOUND 187
UNBOUND 188
UNBOUND 189
UNBOUND 190
UNBOUND 191
UNBOUND 192
UNBOUND 193
UNBOUND 194
UNBOUND 195
UNBOUND 196
UNBOUND 197
UNBOUND 198
UNBOUND 199
UNBOUND 200
UNBOUND 201
UNBOUND 202
UNBOUND 203
UNBOUND 204
UNBOUND 205
UNBOUND 206
UNBOUND 207
UNBOUND 208
UNBOUND 209
UNBOUND 210
UNBOUND 211
UNBOUND 212
UNBOUND 213
UNBOUND 214
UNBOUND 215
UNBOUND 216
UNBOUND 217
UNBOUND 218
UNBOUND 219
UNBOUND 220
UNBOUND 221
UNBOUND 222
UNBOUND 223
UNBOUND 224
UNBOUND 225
UNBOUND 226
UNBOUND 227
UNBOUND 228
UNBOUND 229
UNBOUND 230
UNBOUND 231
UNBOUND 232
UNBOUND 233
UNBOUND 234
UNBOUND 235
UNBOUND 236
UNBOUND 237
UNBOUND 238
UNBOUND 239
UNBOUND 240
UNBOUND 241
UNBOUND 242
UNBOUND 243
UNBOUND 244
UNBOUND 245
UNBOUND 246
UNBOUND 247
UNBOUND 248
UNBOUND 249
UNBOUND 250
UNBOUND 251
UNBOUND 252
UNBOUND 253
UNBOUND 254
UNBOUND 255
UNBOUND 256
UNBOUND 257
UNBOUND 258
UNBOUND 259
UNBOUND 260
UNBOUND 261
UNBOUND 262
UNBOUND 263
UNBOUND 264
UNBOUND 265
UNBOUND 266
UNBOUND 267
UNBOUND 268
UNBOUND 269
UNBOUND 270
UNBOUND 271
UNBOUND 272
UNBOUND 273
UNBOUND 274
UNBOUND 275
UNBOUND 276
UNBOUND 277
UNBOUND 278
UNBOUND 279
UNBOUND 280
UNBOUND 281
UNBOUND 282
UNBOUND 283
UNBOUND 284
UNBOUND 285
UNBOUND 286
UNBOUND 287
UNBOUND 288
UNBOUND 289
UNBOUND 290
UNBOUND 291
UNBOUND 292
UNBOUND 293
UNBOUND 294
UNBOUND 295
UNBOUND 296
UNBOUND 297
UNBOUND 298
UNBOUND 299
UNBOUND 300
UNBOUND 301
UNBOUND 302
UNBOUND 303
UNBOUND 304
UNBOUND 305
UNBOUND 306
UNBOUND 307
UNBOUND 308
UNBOUND 309
UNBOUND 310
UNBOUND 311
UNBOUND 312
UNBOUND 313
UNBOUND 314
UNBOUND 315
UNBOUND 316
UNBOUND 317
UNBOUND 318
UNBOUND 319
UNBOUND 320
UNBOUND 321
UNBOUND 322
UNBOUND 323
UNBOUND 324
UNBOUND 325
UNBOUND 326
UNBOUND 327
UNBOUND 328
UNBOUND 329
UNBOUND 330
UNBOUND 331
UNBOUND 332
UNBOUND 333
UNBOUND 334
UNBOUND 335
UNBOUND 336
UNBOUND 337
UNBOUND 338
UNBOUND 339
UNBOUND 340
UNBOUND 341
UNBOUND 342
UNBOUND 343
UNBOUND 344
UNBOUND 345
UNBOUND 346
UNBOUND 347
UNBOUND 348
UNBOUND 349
UNBOUND 350
UNBOUND 351
UNBOUND 352
UNBOUND 353
UNBOUND 354
UNBOUND 355
UNBOUND 356
UNBOUND 357
UNBOUND 358
UNBOUND 359
UNBOUND 360
UNBOUND 361
UNBOUND 362
UNBOUND 363
UNBOUND 364
UNBOUND 365
UNBOUND 366
UNBOUND 367
UNBOUND 368
UNBOUND 369
UNBOUND 370
UNBOUND 371
UNBOUND 372
UNBOUND 373
UNBOUND 374
UNBOUND 375
UNBOUND 376
UNBOUND 377
UNBOUND 378
UNBOUND 379
UNBOUND 380
UNBOUND 381
UNBOUND 382
UNBOUND 383
UNBOUND 384
UNBOUND 385
UNBOUND 386
UNBOUND 387
UNBOUND 388
UNBOUND 389
UNBOUND 390
UNBOUND 391
UNBOUND 392
UNBOUND 393
UNBOUND 394
UNBOUND 395
UNBOUND 396
UNBOUND 397
UNBOUND 398
UNBOUND 399
UNBOUND 400
UNBOUND 401
UNBOUND 402
UNBOUND 403
UNBOUND 404
UNBOUND 405
UNBOUND 406
UNBOUND 407
UNBOUND 408
UNBOUND 409
UNBOUND 410
UNBOUND 411
UNBOUND 412
UNBOUND 413
UNBOUND 414
UNBOUND 415
UNBOUND 416
UNBOUND 417
UNBOUND 418
UNBOUND 419
UNBOUND 420
UNBOUND 421
UNBOUND 422
UNBOUND 423
UNBOUND 424
UNBOUND 425
UNBOUND 426
UNBOUND 427
UNBOUND 428
UNBOUND 429
UNBOUND 430
UNBOUND 431
UNBOUND 432
UNBOUND 433
UNBOUND 434
UNBOUND 435
UNBOUND 436
UNBOUND 437
UNBOUND 438
UNBOUND 439
UNBOUND 440
UNBOUND 441
UNBOUND 442
UNBOUND 443
UNBOUND 444
UNBOUND 445
UNBOUND 446
UNBOUND 447
UNBOUND 448
UNBOUND 449
UNBOUND 450
UNBOUND 451
UNBOUND 452
UNBOUND 453
UNBOUND 454
UNBOUND 455
UNBOUND 456
UNBOUND 457
UNBOUND 458
UNBOUND 459
UNBOUND 460
UNBOUND 461
UNBOUND 462
UNBOUND 463
UNBOUND 464
UNBOUND 465
UNBOUND 466
UNBOUND 467
UNBOUND 468
UNBOUND 469
UNBOUND 470
UNBOUND 471
UNBOUND 472
UNBOUND 473
UNBOUND 474
UNBOUND 475
UNBOUND 476
UNBOUND 477
UNBOUND 478
UNBOUND 479
UNBOUND 480
UNBOUND 481
UNBOUND 482
UNBOUND 483
UNBOUND 484
UNBOUND 485
UNBOUND 486
UNBOUND 487
UNBOUND 488
UNBOUND 489
UNBOUND 490
UNBOUND 491
UNBOUND 492
UNBOUND 493
UNBOUND 494
UNBOUND 495
UNBOUND 496
UNBOUND 497
UNBOUND 498
UNBOUND 499
UNBOUND 500
UNBOUND 501
UNBOUND 502
UNBOUND 503
UNBOUND 504
UNBOUND 505
UNBOUND 506
UNBOUND 507
UNBOUND 508
UNBOUND 509
UNBOUND 510
UNBOUND 511
UNBOUND 512
UNBOUND 513
UNBOUND 514
UNBOUND 515
UNBOUND 516
UNBOUND 517
UNBOUND 518
UNBOUND 519
UNBOUND 520
UNBOUND 521
UNBOUND 522
UNBOUND 523
UNBOUND 524
UNBOUND 525
UNBOUND 526
UNBOUND 527
UNBOUND 528
UNBOUND 529
UNBOUND 530
UNBOUND 531
UNBOUND 532
UNBOUND 533
UNBOUND 534
UNBOUND 535
UNBOUND 536
UNBOUND 537
UNBOUND 538
UNBOUND 539
UNBOUND 540
UNBOUND 541
UNBOUND 542
UNBOUND 543
UNBOUND 544
UNBOUND 545
UNBOUND 546
UNBOUND 547
UNBOUND 548
UNBOUND 549
UNBOUND 550
UNBOUND 551
UNBOUND 552
UNBOUND 553
UNBOUND 554
UNBOUND 555
UNBOUND 556
UNBOUND 557
UNBOUND 558
UNBOUND 559
UNBOUND 560
UNBOUND 561
UNBOUND 562
UNBOUND 563
UNBOUND 564
UNBOUND 565
UNBOUND 566
UNBOUND 567
UNBOUND 568
UNBOUND 569
UNBOUND 570
UNBOUND 571
UNBOUND 572
UNBOUND 573
UNBOUND 574
UNBOUND 575
UNBOUND 576
UNBOUND 577
UNBOUND 578
UNBOUND 579
UNBOUND 580
UNBOUND 581
UNBOUND 582
UNBOUND 583
UNBOUND 584
UNBOUND 585
UNBOUND 586
UNBOUND 587
UNBOUND 588
UNBOUND 589
UNBOUND 590
UNBOUND 591
UNBOUND 592
UNBOUND 593
UNBOUND 594
UNBOUND 595
UNBOUND 596
UNBOUND 597
UNBOUND 598
UNBOUND 599
UNBOUND 600
UNBOUND 601
UNBOUND 602
UNBOUND 603
UNBOUND 604
UNBOUND 605
UNBOUND 606
UNBOUND 607
UNBOUND 608
UNBOUND 609
UNBOUND 610
UNBOUND 611
UNBOUND 612
UNBOUND 613
UNBOUND 614
UNBOUND 615
UNBOUND 616
UNBOUND 617
UNBOUND 618
UNBOUND 619
UNBOUND 620
UNBOUND 621
UNBOUND 622
UNBOUND 623
UNBOUND 624
UNBOUND 625
UNBOUND 626
UNBOUND 627
UNBOUND 628
UNBOUND 629
UNBOUND 630
UNBOUND 631
UNBOUND 632
UNBOUND 633
UNBOUND 634
UNBOUND 635
UNBOUND 636
UNBOUND 637
UNBOUND 638
UNBOUND 639
UNBOUND 640
UNBOUND 641
UNBOUND 642
UNBOUND 643
UNBOUND 644
UNBOUND 645
UNBOUND 646
UNBOUND 647
UNBOUND 648
UNBOUND 649
UNBOUND 650
UNBOUND 651
UNBOUND 652
UNBOUND 653
UNBOUND 654
UNBOUND 655
UNBOUND 656
UNBOUND 657
UNBOUND 658
UNBOUND 659
UNBOUND 660
UNBOUND 661
UNBOUND 662
UNBOUND 663
UNBOUND 664
UNBOUND 665
UNBOUND 666
UNBOUND 667
UNBOUND 668
UNBOUND 669
UNBOUND 670
UNBOUND 671
UNBOUND 672
UNBOUND 673
UNBOUND 674
UNBOUND 675
UNBOUND 676
UNBOUND 677
UNBOUND 678
UNBOUND 679
UNBOUND 680
UNBOUND 681
UNBOUND 682
UNBOUND 683
UNBOUND 684
UNBOUND 685
UNBOUND 686
UNBOUND 687
UNBOUND 688
UNBOUND 689
UNBOUND 690
UNBOUND 691
UNBOUND 692
UNBOUND 693
UNBOUND 694
UNBOUND 695
UNBOUND 696
UNBOUND 697
UNBOUND 698
UNBOUND 699
UNBOUND 700
UNBOUND 701
UNBOUND 702
UNBOUND 703
UNBOUND 704
UNBOUND 705
UNBOUND 706
UNBOUND 707
UNBOUND 708
UNBOUND 709
UNBOUND 710
UNBOUND 711
UNBOUND 712
UNBOUND 713
UNBOUND 714
UNBOUND 715
UNBOUND 716
UNBOUND 717
UNBOUND 718
UNBOUND 719
UNBOUND 720
UNBOUND 721
UNBOUND 722
UNBOUND 723
UNBOUND 724
UNBOUND 725
UNBOUND 726
UNBOUND 727
UNBOUND 728
UNBOUND 729
UNBOUND 730
UNBOUND 731

// The way to the driver of each entry point.
  .data
  .globl tidelock_real
  .hidden tidelock_real
  .p2align 6
  .type tidelock_real, @object
  .size tidelock_real, 7904
tidelock_real:
  .quad .Lunbound_0
  .quad .Lunbound_1
  .quad .Lunbound_2
  .quad .Lunbound_3
  .quad .Lunbound_4
  .quad .Lunbound_5
  .quad .Lunbound_6
  .quad .Lunbound_7
  .quad .Lunbound_8
  .quad .Lunbound_9
  .quad .Lunbound_10
  .quad .Lunbound_11
  .quad .Lunbound_12
  .quad .Lunbound_13
  .quad .Lunbound_14
  .quad .Lunbound_15
  .quad .Lunbound_16
  .quad .Lunbound_17
  .quad .Lunbound_18
  .quad .Lunbound_19
  .quad .Lunbound_20
  .quad .Lunbound_21
  .quad .Lunbound_22
  .quad .Lunbound_23
  .quad .Lunbound_24
  .quad .Lunbound_25
  .quad .Lunbound_26
  .quad .Lunbound_27
  .quad .Lunbound_28
  .quad .Lunbound_29
  .quad .Lunbound_30
  .quad .Lunbound_31
  .quad .Lunbound_32
  .quad .Lunbound_33
  .quad .Lunbound_34
  .quad .Lunbound_35
  .quad .Lunbound_36
  .quad .Lunbound_37
  .quad .Lunbound_38
  .quad .Lunbound_39
  .quad .Lunbound_40
  .quad .Lunbound_41
  .quad .Lunbound_42
  .quad .Lunbound_43
  .quad .Lunbound_44
  .quad .Lunbound_45
  .quad .Lunbound_46
  .quad .Lunbound_47
  .quad .Lunbound_48
  .quad .Lunbound_49
  .quad .Lunbound_50
  .quad .Lunbound_51
  .quad .Lunbound_52
  .quad .Lunbound_53
  .quad .Lunbound_54
  .quad .Lunbound_55
  .quad .Lunbound_56
  .quad .Lunbound_57
  .quad .Lunbound_58
  .quad .Lunbound_59
  .quad .Lunbound_60
  .quad .Lunbound_61
  .quad .Lunbound_62
  .quad .Lunbound_63
  .quad .Lunbound_64
  .quad .Lunbound_65
  .quad .Lunbound_66
  .quad .Lunbound_67
  .quad .Lunbound_68
  .quad .Lunbound_69
  .quad .Lunbound_70
  .quad .Lunbound_71
  .quad .Lunbound_72
  .quad .Lunbound_73
  .quad .Lunbound_74
  .quad .Lunbound_75
  .quad .Lunbound_76
  .quad .Lunbound_77
  .quad .Lunbound_78
  .quad .Lunbound_79
  .quad .Lunbound_80
  .quad .Lunbound_81
  .quad .Lunbound_82
  .quad .Lunbound_83
  .quad .Lunbound_84
  .quad .Lunbound_85
  .quad .Lunbound_86
  .quad .Lunbound_87
  .quad .Lunbound_88
  .quad .Lunbound_89
  .quad .Lunbound_90
  .quad .Lunbound_91
  .quad .Lunbound_92
  .quad .Lunbound_93
  .quad .Lunbound_94
  .quad .Lunbound_95
  .quad .Lunbound_96
  .quad .Lunbound_97
  .quad .Lunbound_98
  .quad .Lunbound_99
  .quad .Lunbound_100
  .quad .Lunbound_101
  .quad .Lunbound_102
  .quad .Lunbound_103
  .quad .Lunbound_104
  .quad .Lunbound_105
  .quad .Lunbound_106
  .quad .Lunbound_107
  .quad .Lunbound_108
  .quad .Lunbound_109
  .quad .Lunbound_110
  .quad .Lunbound_111
  .quad .Lunbound_112
  .quad .Lunbound_113
  .quad .Lunbound_114
  .quad .Lunbound_115
  .quad .Lunbound_116
  .quad .Lunbound_117
  .quad .Lunbound_118
  .quad .Lunbound_119
  .quad .Lunbound_120
  .quad .Lunbound_121
  .quad .Lunbound_122
  .quad .Lunbound_123
  .quad .Lunbound_124
  .quad .Lunbound_125
  .quad .Lunbound_126
  .quad .Lunbound_127
  .quad .Lunbound_128
  .quad .Lunbound_129
  .quad .Lunbound_130
  .quad .Lunbound_131
  .quad .Lunbound_132
  .quad .Lunbound_133
  .quad .Lunbound_134
  .quad .Lunbound_135
  .quad .Lunbound_136
  .quad .Lunbound_137
  .quad .Lunbound_138
  .quad .Lunbound_139
  .quad .Lunbound_140
  .quad .Lunbound_141
  .quad .Lunbound_142
  .quad .Lunbound_143
  .quad .Lunbound_144
  .quad .Lunbound_145
  .quad .Lunbound_146
  .quad .Lunbound_147
  .quad .Lunbound_148
  .quad .Lunbound_149
  .quad .Lunbound_150
  .quad .Lunbound_151
  .quad .Lunbound_152
  .quad .Lunbound_153
  .quad .Lunbound_154
  .quad .Lunbound_155
  .quad .Lunbound_156
  .quad .Lunbound_157
  .quad .Lunbound_158
  .quad .Lunbound_159
  .quad .Lunbound_160
  .quad .Lunbound_161
  .quad .Lunbound_162
  .quad .Lunbound_163
  .quad .Lunbound_164
  .quad .Lunbound_165
  .quad .Lunbound_166
  .quad .Lunbound_167
  .quad .Lunbound_168
  .quad .Lunbound_169
  .quad .Lunbound_170
  .quad .Lunbound_171
  .quad .Lunbound_172
  .quad .Lunbound_173
  .quad .Lunbound_174
  .quad .Lunbound_175
  .quad .Lunbound_176
  .quad .Lunbound_177
  .quad .Lunbound_178
  .quad .Lunbound_179
  .quad .Lunbound_180
  .quad .Lunbound_181
  .quad .Lunbound_182
  .quad .Lunbound_183
  .quad .Lunbound_184
  .quad .Lunbound_185
  .quad .Lunbound_186
  .quad .Lunbound_187
  .quad .Lunbound_188
  .quad .Lunbound_189
  .quad .Lunbound_190
  .quad .Lunbound_191
  .quad .Lunbound_192
  .quad .Lunbound_193
  .quad .Lunbound_194
  .quad .Lunbound_195
  .quad .Lunbound_196
  .quad .Lunbound_197
  .quad .Lunbound_198
  .quad .Lunbound_199
  .quad .Lunbound_200
  .quad .Lunbound_201
  .quad .Lunbound_202
  .quad .Lunbound_203
  .quad .Lunbound_204
  .quad .Lunbound_205
  .quad .Lunbound_206
  .quad .Lunbound_207
  .quad .Lunbound_208
  .quad .Lunbound_209
  .quad .Lunbound_210
  .quad .Lunbound_211
  .quad .Lunbound_212
  .quad .Lunbound_213
  .quad .Lunbound_214
  .quad .Lunbound_215
  .quad .Lunbound_216
  .quad .Lunbound_217
  .quad .Lunbound_218
  .quad .Lunbound_219
  .quad .Lunbound_220
  .quad .Lunbound_221
  .quad .Lunbound_222
  .quad .Lunbound_223
  .quad .Lunbound_224
  .quad .Lunbound_225
  .quad .Lunbound_226
  .quad .Lunbound_227
  .quad .Lunbound_228
  .quad .Lunbound_229
  .quad .Lunbound_230
  .quad .Lunbound_231
  .quad .Lunbound_232
  .quad .Lunbound_233
  .quad .Lunbound_234
  .quad .Lunbound_235
  .quad .Lunbound_236
  .quad .Lunbound_237
  .quad .Lunbound_238
  .quad .Lunbound_239
  .quad .Lunbound_240
  .quad .Lunbound_241
  .quad .Lunbound_242
  .quad .Lunbound_243
  .quad .Lunbound_244
  .quad .Lunbound_245
  .quad .Lunbound_246
  .quad .Lunbound_247
  .quad .Lunbound_248
  .quad .Lunbound_249
  .quad .Lunbound_250
  .quad .Lunbound_251
  .quad .Lunbound_252
  .quad .Lunbound_253
  .quad .Lunbound_254
  .quad .Lunbound_255
  .quad .Lunbound_256
  .quad .Lunbound_257
  .quad .Lunbound_258
  .quad .Lunbound_259
  .quad .Lunbound_260
  .quad .Lunbound_261
  .quad .Lunbound_262
  .quad .Lunbound_263
  .quad .Lunbound_264
  .quad .Lunbound_265
  .quad .Lunbound_266
  .quad .Lunbound_267
  .quad .Lunbound_268
  .quad .Lunbound_269
  .quad .Lunbound_270
  .quad .Lunbound_271
  .quad .Lunbound_272
  .quad .Lunbound_273
  .quad .Lunbound_274
  .quad .Lunbound_275
  .quad .Lunbound_276
  .quad .Lunbound_277
  .quad .Lunbound_278
  .quad .Lunbound_279
  .quad .Lunbound_280
  .quad .Lunbound_281
  .quad .Lunbound_282
  .quad .Lunbound_283
  .quad .Lunbound_284
  .quad .Lunbound_285
  .quad .Lunbound_286
  .quad .Lunbound_287
  .quad .Lunbound_288
  .quad .Lunbound_289
  .quad .Lunbound_290
  .quad .Lunbound_291
  .quad .Lunbound_292
  .quad .Lunbound_293
  .quad .Lunbound_294
  .quad .Lunbound_295
  .quad .Lunbound_296
  .quad .Lunbound_297
  .quad .Lunbound_298
  .quad .Lunbound_299
  .quad .Lunbound_300
  .quad .Lunbound_301
  .quad .Lunbound_302
  .quad .Lunbound_303
  .quad .Lunbound_304
  .quad .Lunbound_305
  .quad .Lunbound_306
  .quad .Lunbound_307
  .quad .Lunbound_308
  .quad .Lunbound_309
  .quad .Lunbound_310
  .quad .Lunbound_311
  .quad .Lunbound_312
  .quad .Lunbound_313
  .quad .Lunbound_314
  .quad .Lunbound_315
  .quad .Lunbound_316
  .quad .Lunbound_317
  .quad .Lunbound_318
  .quad .Lunbound_319
  .quad .Lunbound_320
  .quad .Lunbound_321
  .quad .Lunbound_322
  .quad .Lunbound_323
  .quad .Lunbound_324
  .quad .Lunbound_325
  .quad .Lunbound_326
  .quad .Lunbound_327
  .quad .Lunbound_328
  .quad .Lunbound_329
  .quad .Lunbound_330
  .quad .Lunbound_331
  .quad .Lunbound_332
  .quad .Lunbound_333
  .quad .Lunbound_334
  .quad .Lunbound_335
  .quad .Lunbound_336
  .quad .Lunbound_337
  .quad .Lunbound_338
  .quad .Lunbound_339
  .quad .Lunbound_340
  .quad .Lunbound_341
  .quad .Lunbound_342
  .quad .Lunbound_343
  .quad .Lunbound_344
  .quad .Lunbound_345
  .quad .Lunbound_346
  .quad .Lunbound_347
  .quad .Lunbound_348
  .quad .Lunbound_349
  .quad .Lunbound_350
  .quad .Lunbound_351
  .quad .Lunbound_352
  .quad .Lunbound_353
  .quad .Lunbound_354
  .quad .Lunbound_355
  .quad .Lunbound_356
  .quad .Lunbound_357
  .quad .Lunbound_358
  .quad .Lunbound_359
  .quad .Lunbound_360
  .quad .Lunbound_361
  .quad .Lunbound_362
  .quad .Lunbound_363
  .quad .Lunbound_364
  .quad .Lunbound_365
  .quad .Lunbound_366
  .quad .Lunbound_367
  .quad .Lunbound_368
  .quad .Lunbound_369
  .quad .Lunbound_370
  .quad .Lunbound_371
  .quad .Lunbound_372
  .quad .Lunbound_373
  .quad .Lunbound_374
  .quad .Lunbound_375
  .quad .Lunbound_376
  .quad .Lunbound_377
  .quad .Lunbound_378
  .quad .Lunbound_379
  .quad .Lunbound_380
  .quad .Lunbound_381
  .quad .Lunbound_382
  .quad .Lunbound_383
  .quad .Lunbound_384
  .quad .Lunbound_385
  .quad .Lunbound_386
  .quad .Lunbound_387
  .quad .Lunbound_388
  .quad .Lunbound_389
  .quad .Lunbound_390
  .quad .Lunbound_391
  .quad .Lunbound_392
  .quad .Lunbound_393
  .quad .Lunbound_394
  .quad .Lunbound_395
  .quad .Lunbound_396
  .quad .Lunbound_397
  .quad .Lunbound_398
  .quad .Lunbound_399
  .quad .Lunbound_400
  .quad .Lunbound_401
  .quad .Lunbound_402
  .quad .Lunbound_403
  .quad .Lunbound_404
  .quad .Lunbound_405
  .quad .Lunbound_406
  .quad .Lunbound_407
  .quad .Lunbound_408
  .quad .Lunbound_409
  .quad .Lunbound_410
  .quad .Lunbound_411
  .quad .Lunbound_412
  .quad .Lunbound_413
  .quad .Lunbound_414
  .quad .Lunbound_415
  .quad .Lunbound_416
  .quad .Lunbound_417
  .quad .Lunbound_418
  .quad .Lunbound_419
  .quad .Lunbound_420
  .quad .Lunbound_421
  .quad .Lunbound_422
  .quad .Lunbound_423
  .quad .Lunbound_424
  .quad .Lunbound_425
  .quad .Lunbound_426
  .quad .Lunbound_427
  .quad .Lunbound_428
  .quad .Lunbound_429
  .quad .Lunbound_430
  .quad .Lunbound_431
  .quad .Lunbound_432
  .quad .Lunbound_433
  .quad .Lunbound_434
  .quad .Lunbound_435
  .quad .Lunbound_436
  .quad .Lunbound_437
  .quad .Lunbound_438
  .quad .Lunbound_439
  .quad .Lunbound_440
  .quad .Lunbound_441
  .quad .Lunbound_442
  .quad .Lunbound_443
  .quad .Lunbound_444
  .quad .Lunbound_445
  .quad .Lunbound_446
  .quad .Lunbound_447
  .quad .Lunbound_448
  .quad .Lunbound_449
  .quad .Lunbound_450
  .quad .Lunbound_451
  .quad .Lunbound_452
  .quad .Lunbound_453
  .quad .Lunbound_454
  .quad .Lunbound_455
  .quad .Lunbound_456
  .quad .Lunbound_457
  .quad .Lunbound_458
  .quad .Lunbound_459
  .quad .Lunbound_460
  .quad .Lunbound_461
  .quad .Lunbound_462
  .quad .Lunbound_463
  .quad .Lunbound_464
  .quad .Lunbound_465
  .quad .Lunbound_466
  .quad .Lunbound_467
  .quad .Lunbound_468
  .quad .Lunbound_469
  .quad .Lunbound_470
  .quad .Lunbound_471
  .quad .Lunbound_472
  .quad .Lunbound_473
  .quad .Lunbound_474
  .quad .Lunbound_475
  .quad .Lunbound_476
  .quad .Lunbound_477
  .quad .Lunbound_478
  .quad .Lunbound_479
  .quad .Lunbound_480
  .quad .Lunbound_481
  .quad .Lunbound_482
  .quad .Lunbound_483
  .quad .Lunbound_484
  .quad .Lunbound_485
  .quad .Lunbound_486
  .quad .Lunbound_487
  .quad .Lunbound_488
  .quad .Lunbound_489
  .quad .Lunbound_490
  .quad .Lunbound_491
  .quad .Lunbound_492
  .quad .Lunbound_493
  .quad .Lunbound_494
  .quad .Lunbound_495
  .quad .Lunbound_496
  .quad .Lunbound_497
  .quad .Lunbound_498
  .quad .Lunbound_499
  .quad .Lunbound_500
  .quad .Lunbound_501
  .quad .Lunbound_502
  .quad .Lunbound_503
  .quad .Lunbound_504
  .quad .Lunbound_505
  .quad .Lunbound_506
  .quad .Lunbound_507
  .quad .Lunbound_508
  .quad .Lunbound_509
  .quad .Lunbound_510
  .quad .Lunbound_511
  .quad .Lunbound_512
  .quad .Lunbound_513
  .quad .Lunbound_514
  .quad .Lunbound_515
  .quad .Lunbound_516
  .quad .Lunbound_517
  .quad .Lunbound_518
  .quad .Lunbound_519
  .quad .Lunbound_520
  .quad .Lunbound_521
  .quad .Lunbound_522
  .quad .Lunbound_523
  .quad .Lunbound_524
  .quad .Lunbound_525
  .quad .Lunbound_526
  .quad .Lunbound_527
  .quad .Lunbound_528
  .quad .Lunbound_529
  .quad .Lunbound_530
  .quad .Lunbound_531
  .quad .Lunbound_532
  .quad .Lunbound_533
  .quad .Lunbound_534
  .quad .Lunbound_535
  .quad .Lunbound_536
  .quad .Lunbound_537
  .quad .Lunbound_538
  .quad .Lunbound_539
  .quad .Lunbound_540
  .quad .Lunbound_541
  .quad .Lunbound_542
  .quad .Lunbound_543
  .quad .Lunbound_544
  .quad .Lunbound_545
  .quad .Lunbound_546
  .quad .Lunbound_547
  .quad .Lunbound_548
  .quad .Lunbound_549
  .quad .Lunbound_550
  .quad .Lunbound_551
  .quad .Lunbound_552
  .quad .Lunbound_553
  .quad .Lunbound_554
  .quad .Lunbound_555
  .quad .Lunbound_556
  .quad .Lunbound_557
  .quad .Lunbound_558
  .quad .Lunbound_559
  .quad .Lunbound_560
  .quad .Lunbound_561
  .quad .Lunbound_562
  .quad .Lunbound_563
  .quad .Lunbound_564
  .quad .Lunbound_565
  .quad .Lunbound_566
  .quad .Lunbound_567
  .quad .Lunbound_568
  .quad .Lunbound_569
  .quad .Lunbound_570
  .quad .Lunbound_571
  .quad .Lunbound_572
  .quad .Lunbound_573
  .quad .Lunbound_574
  .quad .Lunbound_575
  .quad .Lunbound_576
  .quad .Lunbound_577
  .quad .Lunbound_578
  .quad .Lunbound_579
  .quad .Lunbound_580
  .quad .Lunbound_581
  .quad .Lunbound_582
  .quad .Lunbound_583
  .quad .Lunbound_584
  .quad .Lunbound_585
  .quad .Lunbound_586
  .quad .Lunbound_587
  .quad .Lunbound_588
  .quad .Lunbound_589
  .quad .Lunbound_590
  .quad .Lunbound_591
  .quad .Lunbound_592
  .quad .Lunbound_593
  .quad .Lunbound_594
  .quad .Lunbound_595
  .quad .Lunbound_596
  .quad .Lunbound_597
  .quad .Lunbound_598
  .quad .Lunbound_599
  .quad .Lunbound_600
  .quad .Lunbound_601
  .quad .Lunbound_602
  .quad .Lunbound_603
  .quad .Lunbound_604
  .quad .Lunbound_605
  .quad .Lunbound_606
  .quad .Lunbound_607
  .quad .Lunbound_608
  .quad .Lunbound_609
  .quad .Lunbound_610
  .quad .Lunbound_611
  .quad .Lunbound_612
  .quad .Lunbound_613
  .quad .Lunbound_614
  .quad .Lunbound_615
  .quad .Lunbound_616
  .quad .Lunbound_617
  .quad .Lunbound_618
  .quad .Lunbound_619
  .quad .Lunbound_620
  .quad .Lunbound_621
  .quad .Lunbound_622
  .quad .Lunbound_623
  .quad .Lunbound_624
  .quad .Lunbound_625
  .quad .Lunbound_626
  .quad .Lunbound_627
  .quad .Lunbound_628
  .quad .Lunbound_629
  .quad .Lunbound_630
  .quad .Lunbound_631
  .quad .Lunbound_632
  .quad .Lunbound_633
  .quad .Lunbound_634
  .quad .Lunbound_635
  .quad .Lunbound_636
  .quad .Lunbound_637
  .quad .Lunbound_638
  .quad .Lunbound_639
  .quad .Lunbound_640
  .quad .Lunbound_641
  .quad .Lunbound_642
  .quad .Lunbound_643
  .quad .Lunbound_644
  .quad .Lunbound_645
  .quad .Lunbound_646
  .quad .Lunbound_647
  .quad .Lunbound_648
  .quad .Lunbound_649
  .quad .Lunbound_650
  .quad .Lunbound_651
  .quad .Lunbound_652
  .quad .Lunbound_653
  .quad .Lunbound_654
  .quad .Lunbound_655
  .quad .Lunbound_656
  .quad .Lunbound_657
  .quad .Lunbound_658
  .quad .Lunbound_659
  .quad .Lunbound_660
  .quad .Lunbound_661
  .quad .Lunbound_662
  .quad .Lunbound_663
  .quad .Lunbound_664
  .quad .Lunbound_665
  .quad .Lunbound_666
  .quad .Lunbound_667
  .quad .Lunbound_668
  .quad .Lunbound_669
  .quad .Lunbound_670
  .quad .Lunbound_671
  .quad .Lunbound_672
  .quad .Lunbound_673
  .quad .Lunbound_674
  .quad .Lunbound_675
  .quad .Lunbound_676
  .quad .Lunbound_677
  .quad .Lunbound_678
  .quad .Lunbound_679
  .quad .Lunbound_680
  .quad .Lunbound_681
  .quad .Lunbound_682
  .quad .Lunbound_683
  .quad .Lunbound_684
  .quad .Lunbound_685
  .quad .Lunbound_686
  .quad .Lunbound_687
  .quad .Lunbound_688
  .quad .Lunbound_689
  .quad .Lunbound_690
  .quad .Lunbound_691
  .quad .Lunbound_692
  .quad .Lunbound_693
  .quad .Lunbound_694
  .quad .Lunbound_695
  .quad .Lunbound_696
  .quad .Lunbound_697
  .quad .Lunbound_698
  .quad .Lunbound_699
  .quad .Lunbound_700
  .quad .Lunbound_701
  .quad .Lunbound_702
  .quad .Lunbound_703
  .quad .Lunbound_704
  .quad .Lunbound_705
  .quad .Lunbound_706
  .quad .Lunbound_707
  .quad .Lunbound_708
  .quad .Lunbound_709
  .quad .Lunbound_710
  .quad .Lunbound_711
  .quad .Lunbound_712
  .quad .Lunbound_713
  .quad .Lunbound_714
  .quad .Lunbound_715
  .quad .Lunbound_716
  .quad .Lunbound_717
  .quad .Lunbound_718
  .quad .Lunbound_719
  .quad .Lunbound_720
  .quad .Lunbound_721
  .quad .Lunbound_722
  .quad .Lunbound_723
  .quad .Lunbound_724
  .quad .Lunbound_725
  .quad .Lunbound_726
  .quad .Lunbound_727
  .quad .Lunbound_728
  .quad .Lunbound_729
  .quad .Lunbound_730
  .quad .Lunbound_731
  .fill 256, 8, 0

// Our own wrappers, as distances from the table: no relocation, no search.
  .section .rodata, "a", @progbits
  .globl tidelock_wrapper_distance
  .hidden tidelock_wrapper_distance
  .p2align 2
  .type tidelock_wrapper_distance, @object
  .size tidelock_wrapper_distance, 3952
tidelock_wrapper_distance:
  .long .Lexport_0 - tidelock_wrapper_distance
  .long .Lexport_1 - tidelock_wrapper_distance
  .long .Lexport_2 - tidelock_wrapper_distance
  .long .Lexport_3 - tidelock_wrapper_distance
  .long .Lexport_4 - tidelock_wrapper_distance
  .long .Lexport_5 - tidelock_wrapper_distance
  .long .Lexport_6 - tidelock_wrapper_distance
  .long .Lexport_7 - tidelock_wrapper_distance
  .long .Lexport_8 - tidelock_wrapper_distance
  .long .Lexport_9 - tidelock_wrapper_distance
  .long .Lexport_10 - tidelock_wrapper_distance
  .long .Lexport_11 - tidelock_wrapper_distance
  .long .Lexport_12 - tidelock_wrapper_distance
  .long .Lexport_13 - tidelock_wrapper_distance
  .long .Lexport_14 - tidelock_wrapper_distance
  .long .Lexport_15 - tidelock_wrapper_distance
  .long .Lexport_16 - tidelock_wrapper_distance
  .long .Lexport_17 - tidelock_wrapper_distance
  .long .Lexport_18 - tidelock_wrapper_distance
  .long .Lexport_19 - tidelock_wrapper_distance
  .long .Lexport_20 - tidelock_wrapper_distance
  .long .Lexport_21 - tidelock_wrapper_distance
  .long .Lexport_22 - tidelock_wrapper_distance
  .long .Lexport_23 - tidelock_wrapper_distance
  .long .Lexport_24 - tidelock_wrapper_distance
  .long .Lexport_25 - tidelock_wrapper_distance
  .long .Lexport_26 - tidelock_wrapper_distance
  .long .Lexport_27 - tidelock_wrapper_distance
  .long .Lexport_28 - tidelock_wrapper_distance
  .long .Lexport_29 - tidelock_wrapper_distance
  .long .Lexport_30 - tidelock_wrapper_distance
  .long .Lexport_31 - tidelock_wrapper_distance
  .long .Lexport_32 - tidelock_wrapper_distance
  .long .Lexport_33 - tidelock_wrapper_distance
  .long .Lexport_34 - tidelock_wrapper_distance
  .long .Lexport_35 - tidelock_wrapper_distance
  .long .Lexport_36 - tidelock_wrapper_distance
  .long .Lexport_37 - tidelock_wrapper_distance
  .long .Lexport_38 - tidelock_wrapper_distance
  .long .Lexport_39 - tidelock_wrapper_distance
  .long .Lexport_40 - tidelock_wrapper_distance
  .long .Lexport_41 - tidelock_wrapper_distance
  .long .Lexport_42 - tidelock_wrapper_distance
  .long .Lexport_43 - tidelock_wrapper_distance
  .long .Lexport_44 - tidelock_wrapper_distance
  .long .Lexport_45 - tidelock_wrapper_distance
  .long .Lexport_46 - tidelock_wrapper_distance
  .long .Lexport_47 - tidelock_wrapper_distance
  .long .Lexport_48 - tidelock_wrapper_distance
  .long .Lexport_49 - tidelock_wrapper_distance
  .long .Lexport_50 - tidelock_wrapper_distance
  .long .Lexport_51 - tidelock_wrapper_distance
  .long .Lexport_52 - tidelock_wrapper_distance
  .long .Lexport_53 - tidelock_wrapper_distance
  .long .Lexport_54 - tidelock_wrapper_distance
  .long .Lexport_55 - tidelock_wrapper_distance
  .long .Lexport_56 - tidelock_wrapper_distance
  .long .Lexport_57 - tidelock_wrapper_distance
  .long .Lexport_58 - tidelock_wrapper_distance
  .long .Lexport_59 - tidelock_wrapper_distance
  .long .Lexport_60 - tidelock_wrapper_distance
  .long .Lexport_61 - tidelock_wrapper_distance
  .long .Lexport_62 - tidelock_wrapper_distance
  .long .Lexport_63 - tidelock_wrapper_distance
  .long .Lexport_64 - tidelock_wrapper_distance
  .long .Lexport_65 - tidelock_wrapper_distance
  .long .Lexport_66 - tidelock_wrapper_distance
  .long .Lexport_67 - tidelock_wrapper_distance
  .long .Lexport_68 - tidelock_wrapper_distance
  .long .Lexport_69 - tidelock_wrapper_distance
  .long .Lexport_70 - tidelock_wrapper_distance
  .long .Lexport_71 - tidelock_wrapper_distance
  .long .Lexport_72 - tidelock_wrapper_distance
  .long .Lexport_73 - tidelock_wrapper_distance
  .long .Lexport_74 - tidelock_wrapper_distance
  .long .Lexport_75 - tidelock_wrapper_distance
  .long .Lexport_76 - tidelock_wrapper_distance
  .long .Lexport_77 - tidelock_wrapper_distance
  .long .Lexport_78 - tidelock_wrapper_distance
  .long .Lexport_79 - tidelock_wrapper_distance
  .long .Lexport_80 - tidelock_wrapper_distance
  .long .Lexport_81 - tidelock_wrapper_distance
  .long .Lexport_82 - tidelock_wrapper_distance
  .long .Lexport_83 - tidelock_wrapper_distance
  .long .Lexport_84 - tidelock_wrapper_distance
  .long .Lexport_85 - tidelock_wrapper_distance
  .long .Lexport_86 - tidelock_wrapper_distance
  .long .Lexport_87 - tidelock_wrapper_distance
  .long .Lexport_88 - tidelock_wrapper_distance
  .long .Lexport_89 - tidelock_wrapper_distance
  .long .Lexport_90 - tidelock_wrapper_distance
  .long .Lexport_91 - tidelock_wrapper_distance
  .long .Lexport_92 - tidelock_wrapper_distance
  .long .Lexport_93 - tidelock_wrapper_distance
  .long .Lexport_94 - tidelock_wrapper_distance
  .long .Lexport_95 - tidelock_wrapper_distance
  .long .Lexport_96 - tidelock_wrapper_distance
  .long .Lexport_97 - tidelock_wrapper_distance
  .long .Lexport_98 - tidelock_wrapper_distance
  .long .Lexport_99 - tidelock_wrapper_distance
  .long .Lexport_100 - tidelock_wrapper_distance
  .long .Lexport_101 - tidelock_wrapper_distance
  .long .Lexport_102 - tidelock_wrapper_distance
  .long .Lexport_103 - tidelock_wrapper_distance
  .long .Lexport_104 - tidelock_wrapper_distance
  .long .Lexport_105 - tidelock_wrapper_distance
  .long .Lexport_106 - tidelock_wrapper_distance
  .long .Lexport_107 - tidelock_wrapper_distance
  .long .Lexport_108 - tidelock_wrapper_distance
  .long .Lexport_109 - tidelock_wrapper_distance
  .long .Lexport_110 - tidelock_wrapper_distance
  .long .Lexport_111 - tidelock_wrapper_distance
  .long .Lexport_112 - tidelock_wrapper_distance
  .long .Lexport_113 - tidelock_wrapper_distance
  .long .Lexport_114 - tidelock_wrapper_distance
  .long .Lexport_115 - tidelock_wrapper_distance
  .long .Lexport_116 - tidelock_wrapper_distance
  .long .Lexport_117 - tidelock_wrapper_distance
  .long .Lexport_118 - tidelock_wrapper_distance
  .long .Lexport_119 - tidelock_wrapper_distance
  .long .Lexport_120 - tidelock_wrapper_distance
  .long .Lexport_121 - tidelock_wrapper_distance
  .long .Lexport_122 - tidelock_wrapper_distance
  .long .Lexport_123 - tidelock_wrapper_distance
  .long .Lexport_124 - tidelock_wrapper_distance
  .long .Lexport_125 - tidelock_wrapper_distance
  .long .Lexport_126 - tidelock_wrapper_distance
  .long .Lexport_127 - tidelock_wrapper_distance
  .long .Lexport_128 - tidelock_wrapper_distance
  .long .Lexport_129 - tidelock_wrapper_distance
  .long .Lexport_130 - tidelock_wrapper_distance
  .long .Lexport_131 - tidelock_wrapper_distance
  .long .Lexport_132 - tidelock_wrapper_distance
  .long .Lexport_133 - tidelock_wrapper_distance
  .long .Lexport_134 - tidelock_wrapper_distance
  .long .Lexport_135 - tidelock_wrapper_distance
  .long .Lexport_136 - tidelock_wrapper_distance
  .long .Lexport_137 - tidelock_wrapper_distance
  .long .Lexport_138 - tidelock_wrapper_distance
  .long .Lexport_139 - tidelock_wrapper_distance
  .long .Lexport_140 - tidelock_wrapper_distance
  .long .Lexport_141 - tidelock_wrapper_distance
  .long .Lexport_142 - tidelock_wrapper_distance
  .long .Lexport_143 - tidelock_wrapper_distance
  .long .Lexport_144 - tidelock_wrapper_distance
  .long .Lexport_145 - tidelock_wrapper_distance
  .long .Lexport_146 - tidelock_wrapper_distance
  .long .Lexport_147 - tidelock_wrapper_distance
  .long .Lexport_148 - tidelock_wrapper_distance
  .long .Lexport_149 - tidelock_wrapper_distance
  .long .Lexport_150 - tidelock_wrapper_distance
  .long .Lexport_151 - tidelock_wrapper_distance
  .long .Lexport_152 - tidelock_wrapper_distance
  .long .Lexport_153 - tidelock_wrapper_distance
  .long .Lexport_154 - tidelock_wrapper_distance
  .long .Lexport_155 - tidelock_wrapper_distance
  .long .Lexport_156 - tidelock_wrapper_distance
  .long .Lexport_157 - tidelock_wrapper_distance
  .long .Lexport_158 - tidelock_wrapper_distance
  .long .Lexport_159 - tidelock_wrapper_distance
  .long .Lexport_160 - tidelock_wrapper_distance
  .long .Lexport_161 - tidelock_wrapper_distance
  .long .Lexport_162 - tidelock_wrapper_distance
  .long .Lexport_163 - tidelock_wrapper_distance
  .long .Lexport_164 - tidelock_wrapper_distance
  .long .Lexport_165 - tidelock_wrapper_distance
  .long .Lexport_166 - tidelock_wrapper_distance
  .long .Lexport_167 - tidelock_wrapper_distance
  .long .Lexport_168 - tidelock_wrapper_distance
  .long .Lexport_169 - tidelock_wrapper_distance
  .long .Lexport_170 - tidelock_wrapper_distance
  .long .Lexport_171 - tidelock_wrapper_distance
  .long .Lexport_172 - tidelock_wrapper_distance
  .long .Lexport_173 - tidelock_wrapper_distance
  .long .Lexport_174 - tidelock_wrapper_distance
  .long .Lexport_175 - tidelock_wrapper_distance
  .long .Lexport_176 - tidelock_wrapper_distance
  .long .Lexport_177 - tidelock_wrapper_distance
  .long .Lexport_178 - tidelock_wrapper_distance
  .long .Lexport_179 - tidelock_wrapper_distance
  .long .Lexport_180 - tidelock_wrapper_distance
  .long .Lexport_181 - tidelock_wrapper_distance
  .long .Lexport_182 - tidelock_wrapper_distance
  .long .Lexport_183 - tidelock_wrapper_distance
  .long .Lexport_184 - tidelock_wrapper_distance
  .long .Lexport_185 - tidelock_wrapper_distance
  .long .Lexport_186 - tidelock_wrapper_distance
  .long .Lexport_187 - tidelock_wrapper_distance
  .long .Lexport_188 - tidelock_wrapper_distance
  .long .Lexport_189 - tidelock_wrapper_distance
  .long .Lexport_190 - tidelock_wrapper_distance
  .long .Lexport_191 - tidelock_wrapper_distance
  .long .Lexport_192 - tidelock_wrapper_distance
  .long .Lexport_193 - tidelock_wrapper_distance
  .long .Lexport_194 - tidelock_wrapper_distance
  .long .Lexport_195 - tidelock_wrapper_distance
  .long .Lexport_196 - tidelock_wrapper_distance
  .long .Lexport_197 - tidelock_wrapper_distance
  .long .Lexport_198 - tidelock_wrapper_distance
  .long .Lexport_199 - tidelock_wrapper_distance
  .long .Lexport_200 - tidelock_wrapper_distance
  .long .Lexport_201 - tidelock_wrapper_distance
  .long .Lexport_202 - tidelock_wrapper_distance
  .long .Lexport_203 - tidelock_wrapper_distance
  .long .Lexport_204 - tidelock_wrapper_distance
  .long .Lexport_205 - tidelock_wrapper_distance
  .long .Lexport_206 - tidelock_wrapper_distance
  .long .Lexport_207 - tidelock_wrapper_distance
  .long .Lexport_208 - tidelock_wrapper_distance
  .long .Lexport_209 - tidelock_wrapper_distance
  .long .Lexport_210 - tidelock_wrapper_distance
  .long .Lexport_211 - tidelock_wrapper_distance
  .long .Lexport_212 - tidelock_wrapper_distance
  .long .Lexport_213 - tidelock_wrapper_distance
  .long .Lexport_214 - tidelock_wrapper_distance
  .long .Lexport_215 - tidelock_wrapper_distance
  .long .Lexport_216 - tidelock_wrapper_distance
  .long .Lexport_217 - tidelock_wrapper_distance
  .long .Lexport_218 - tidelock_wrapper_distance
  .long .Lexport_219 - tidelock_wrapper_distance
  .long .Lexport_220 - tidelock_wrapper_distance
  .long .Lexport_221 - tidelock_wrapper_distance
  .long .Lexport_222 - tidelock_wrapper_distance
  .long .Lexport_223 - tidelock_wrapper_distance
  .long .Lexport_224 - tidelock_wrapper_distance
  .long .Lexport_225 - tidelock_wrapper_distance
  .long .Lexport_226 - tidelock_wrapper_distance
  .long .Lexport_227 - tidelock_wrapper_distance
  .long .Lexport_228 - tidelock_wrapper_distance
  .long .Lexport_229 - tidelock_wrapper_distance
  .long .Lexport_230 - tidelock_wrapper_distance
  .long .Lexport_231 - tidelock_wrapper_distance
  .long .Lexport_232 - tidelock_wrapper_distance
  .long .Lexport_233 - tidelock_wrapper_distance
  .long .Lexport_234 - tidelock_wrapper_distance
  .long .Lexport_235 - tidelock_wrapper_distance
  .long .Lexport_236 - tidelock_wrapper_distance
  .long .Lexport_237 - tidelock_wrapper_distance
  .long .Lexport_238 - tidelock_wrapper_distance
  .long .Lexport_239 - tidelock_wrapper_distance
  .long .Lexport_240 - tidelock_wrapper_distance
  .long .Lexport_241 - tidelock_wrapper_distance
  .long .Lexport_242 - tidelock_wrapper_distance
  .long .Lexport_243 - tidelock_wrapper_distance
  .long .Lexport_244 - tidelock_wrapper_distance
  .long .Lexport_245 - tidelock_wrapper_distance
  .long .Lexport_246 - tidelock_wrapper_distance
  .long .Lexport_247 - tidelock_wrapper_distance
  .long .Lexport_248 - tidelock_wrapper_distance
  .long .Lexport_249 - tidelock_wrapper_distance
  .long .Lexport_250 - tidelock_wrapper_distance
  .long .Lexport_251 - tidelock_wrapper_distance
  .long .Lexport_252 - tidelock_wrapper_distance
  .long .Lexport_253 - tidelock_wrapper_distance
  .long .Lexport_254 - tidelock_wrapper_distance
  .long .Lexport_255 - tidelock_wrapper_distance
  .long .Lexport_256 - tidelock_wrapper_distance
  .long .Lexport_257 - tidelock_wrapper_distance
  .long .Lexport_258 - tidelock_wrapper_distance
  .long .Lexport_259 - tidelock_wrapper_distance
  .long .Lexport_260 - tidelock_wrapper_distance
  .long .Lexport_261 - tidelock_wrapper_distance
  .long .Lexport_262 - tidelock_wrapper_distance
  .long .Lexport_263 - tidelock_wrapper_distance
  .long .Lexport_264 - tidelock_wrapper_distance
  .long .Lexport_265 - tidelock_wrapper_distance
  .long .Lexport_266 - tidelock_wrapper_distance
  .long .Lexport_267 - tidelock_wrapper_distance
  .long .Lexport_268 - tidelock_wrapper_distance
  .long .Lexport_269 - tidelock_wrapper_distance
  .long .Lexport_270 - tidelock_wrapper_distance
  .long .Lexport_271 - tidelock_wrapper_distance
  .long .Lexport_272 - tidelock_wrapper_distance
  .long .Lexport_273 - tidelock_wrapper_distance
  .long .Lexport_274 - tidelock_wrapper_distance
  .long .Lexport_275 - tidelock_wrapper_distance
  .long .Lexport_276 - tidelock_wrapper_distance
  .long .Lexport_277 - tidelock_wrapper_distance
  .long .Lexport_278 - tidelock_wrapper_distance
  .long .Lexport_279 - tidelock_wrapper_distance
  .long .Lexport_280 - tidelock_wrapper_distance
  .long .Lexport_281 - tidelock_wrapper_distance
  .long .Lexport_282 - tidelock_wrapper_distance
  .long .Lexport_283 - tidelock_wrapper_distance
  .long .Lexport_284 - tidelock_wrapper_distance
  .long .Lexport_285 - tidelock_wrapper_distance
  .long .Lexport_286 - tidelock_wrapper_distance
  .long .Lexport_287 - tidelock_wrapper_distance
  .long .Lexport_288 - tidelock_wrapper_distance
  .long .Lexport_289 - tidelock_wrapper_distance
  .long .Lexport_290 - tidelock_wrapper_distance
  .long .Lexport_291 - tidelock_wrapper_distance
  .long .Lexport_292 - tidelock_wrapper_distance
  .long .Lexport_293 - tidelock_wrapper_distance
  .long .Lexport_294 - tidelock_wrapper_distance
  .long .Lexport_295 - tidelock_wrapper_distance
  .long .Lexport_296 - tidelock_wrapper_distance
  .long .Lexport_297 - tidelock_wrapper_distance
  .long .Lexport_298 - tidelock_wrapper_distance
  .long .Lexport_299 - tidelock_wrapper_distance
  .long .Lexport_300 - tidelock_wrapper_distance
  .long .Lexport_301 - tidelock_wrapper_distance
  .long .Lexport_302 - tidelock_wrapper_distance
  .long .Lexport_303 - tidelock_wrapper_distance
  .long .Lexport_304 - tidelock_wrapper_distance
  .long .Lexport_305 - tidelock_wrapper_distance
  .long .Lexport_306 - tidelock_wrapper_distance
  .long .Lexport_307 - tidelock_wrapper_distance
  .long .Lexport_308 - tidelock_wrapper_distance
  .long .Lexport_309 - tidelock_wrapper_distance
  .long .Lexport_310 - tidelock_wrapper_distance
  .long .Lexport_311 - tidelock_wrapper_distance
  .long .Lexport_312 - tidelock_wrapper_distance
  .long .Lexport_313 - tidelock_wrapper_distance
  .long .Lexport_314 - tidelock_wrapper_distance
  .long .Lexport_315 - tidelock_wrapper_distance
  .long .Lexport_316 - tidelock_wrapper_distance
  .long .Lexport_317 - tidelock_wrapper_distance
  .long .Lexport_318 - tidelock_wrapper_distance
  .long .Lexport_319 - tidelock_wrapper_distance
  .long .Lexport_320 - tidelock_wrapper_distance
  .long .Lexport_321 - tidelock_wrapper_distance
  .long .Lexport_322 - tidelock_wrapper_distance
  .long .Lexport_323 - tidelock_wrapper_distance
  .long .Lexport_324 - tidelock_wrapper_distance
  .long .Lexport_325 - tidelock_wrapper_distance
  .long .Lexport_326 - tidelock_wrapper_distance
  .long .Lexport_327 - tidelock_wrapper_distance
  .long .Lexport_328 - tidelock_wrapper_distance
  .long .Lexport_329 - tidelock_wrapper_distance
  .long .Lexport_330 - tidelock_wrapper_distance
  .long .Lexport_331 - tidelock_wrapper_distance
  .long .Lexport_332 - tidelock_wrapper_distance
  .long .Lexport_333 - tidelock_wrapper_distance
  .long .Lexport_334 - tidelock_wrapper_distance
  .long .Lexport_335 - tidelock_wrapper_distance
  .long .Lexport_336 - tidelock_wrapper_distance
  .long .Lexport_337 - tidelock_wrapper_distance
  .long .Lexport_338 - tidelock_wrapper_distance
  .long .Lexport_339 - tidelock_wrapper_distance
  .long .Lexport_340 - tidelock_wrapper_distance
  .long .Lexport_341 - tidelock_wrapper_distance
  .long .Lexport_342 - tidelock_wrapper_distance
  .long .Lexport_343 - tidelock_wrapper_distance
  .long .Lexport_344 - tidelock_wrapper_distance
  .long .Lexport_345 - tidelock_wrapper_distance
  .long .Lexport_346 - tidelock_wrapper_distance
  .long .Lexport_347 - tidelock_wrapper_distance
  .long .Lexport_348 - tidelock_wrapper_distance
  .long .Lexport_349 - tidelock_wrapper_distance
  .long .Lexport_350 - tidelock_wrapper_distance
  .long .Lexport_351 - tidelock_wrapper_distance
  .long .Lexport_352 - tidelock_wrapper_distance
  .long .Lexport_353 - tidelock_wrapper_distance
  .long .Lexport_354 - tidelock_wrapper_distance
  .long .Lexport_355 - tidelock_wrapper_distance
  .long .Lexport_356 - tidelock_wrapper_distance
  .long .Lexport_357 - tidelock_wrapper_distance
  .long .Lexport_358 - tidelock_wrapper_distance
  .long .Lexport_359 - tidelock_wrapper_distance
  .long .Lexport_360 - tidelock_wrapper_distance
  .long .Lexport_361 - tidelock_wrapper_distance
  .long .Lexport_362 - tidelock_wrapper_distance
  .long .Lexport_363 - tidelock_wrapper_distance
  .long .Lexport_364 - tidelock_wrapper_distance
  .long .Lexport_365 - tidelock_wrapper_distance
  .long .Lexport_366 - tidelock_wrapper_distance
  .long .Lexport_367 - tidelock_wrapper_distance
  .long .Lexport_368 - tidelock_wrapper_distance
  .long .Lexport_369 - tidelock_wrapper_distance
  .long .Lexport_370 - tidelock_wrapper_distance
  .long .Lexport_371 - tidelock_wrapper_distance
  .long .Lexport_372 - tidelock_wrapper_distance
  .long .Lexport_373 - tidelock_wrapper_distance
  .long .Lexport_374 - tidelock_wrapper_distance
  .long .Lexport_375 - tidelock_wrapper_distance
  .long .Lexport_376 - tidelock_wrapper_distance
  .long .Lexport_377 - tidelock_wrapper_distance
  .long .Lexport_378 - tidelock_wrapper_distance
  .long .Lexport_379 - tidelock_wrapper_distance
  .long .Lexport_380 - tidelock_wrapper_distance
  .long .Lexport_381 - tidelock_wrapper_distance
  .long .Lexport_382 - tidelock_wrapper_distance
  .long .Lexport_383 - tidelock_wrapper_distance
  .long .Lexport_384 - tidelock_wrapper_distance
  .long .Lexport_385 - tidelock_wrapper_distance
  .long .Lexport_386 - tidelock_wrapper_distance
  .long .Lexport_387 - tidelock_wrapper_distance
  .long .Lexport_388 - tidelock_wrapper_distance
  .long .Lexport_389 - tidelock_wrapper_distance
  .long .Lexport_390 - tidelock_wrapper_distance
  .long .Lexport_391 - tidelock_wrapper_distance
  .long .Lexport_392 - tidelock_wrapper_distance
  .long .Lexport_393 - tidelock_wrapper_distance
  .long .Lexport_394 - tidelock_wrapper_distance
  .long .Lexport_395 - tidelock_wrapper_distance
  .long .Lexport_396 - tidelock_wrapper_distance
  .long .Lexport_397 - tidelock_wrapper_distance
  .long .Lexport_398 - tidelock_wrapper_distance
  .long .Lexport_399 - tidelock_wrapper_distance
  .long .Lexport_400 - tidelock_wrapper_distance
  .long .Lexport_401 - tidelock_wrapper_distance
  .long .Lexport_402 - tidelock_wrapper_distance
  .long .Lexport_403 - tidelock_wrapper_distance
  .long .Lexport_404 - tidelock_wrapper_distance
  .long .Lexport_405 - tidelock_wrapper_distance
  .long .Lexport_406 - tidelock_wrapper_distance
  .long .Lexport_407 - tidelock_wrapper_distance
  .long .Lexport_408 - tidelock_wrapper_distance
  .long .Lexport_409 - tidelock_wrapper_distance
  .long .Lexport_410 - tidelock_wrapper_distance
  .long .Lexport_411 - tidelock_wrapper_distance
  .long .Lexport_412 - tidelock_wrapper_distance
  .long .Lexport_413 - tidelock_wrapper_distance
  .long .Lexport_414 - tidelock_wrapper_distance
  .long .Lexport_415 - tidelock_wrapper_distance
  .long .Lexport_416 - tidelock_wrapper_distance
  .long .Lexport_417 - tidelock_wrapper_distance
  .long .Lexport_418 - tidelock_wrapper_distance
  .long .Lexport_419 - tidelock_wrapper_distance
  .long .Lexport_420 - tidelock_wrapper_distance
  .long .Lexport_421 - tidelock_wrapper_distance
  .long .Lexport_422 - tidelock_wrapper_distance
  .long .Lexport_423 - tidelock_wrapper_distance
  .long .Lexport_424 - tidelock_wrapper_distance
  .long .Lexport_425 - tidelock_wrapper_distance
  .long .Lexport_426 - tidelock_wrapper_distance
  .long .Lexport_427 - tidelock_wrapper_distance
  .long .Lexport_428 - tidelock_wrapper_distance
  .long .Lexport_429 - tidelock_wrapper_distance
  .long .Lexport_430 - tidelock_wrapper_distance
  .long .Lexport_431 - tidelock_wrapper_distance
  .long .Lexport_432 - tidelock_wrapper_distance
  .long .Lexport_433 - tidelock_wrapper_distance
  .long .Lexport_434 - tidelock_wrapper_distance
  .long .Lexport_435 - tidelock_wrapper_distance
  .long .Lexport_436 - tidelock_wrapper_distance
  .long .Lexport_437 - tidelock_wrapper_distance
  .long .Lexport_438 - tidelock_wrapper_distance
  .long .Lexport_439 - tidelock_wrapper_distance
  .long .Lexport_440 - tidelock_wrapper_distance
  .long .Lexport_441 - tidelock_wrapper_distance
  .long .Lexport_442 - tidelock_wrapper_distance
  .long .Lexport_443 - tidelock_wrapper_distance
  .long .Lexport_444 - tidelock_wrapper_distance
  .long .Lexport_445 - tidelock_wrapper_distance
  .long .Lexport_446 - tidelock_wrapper_distance
  .long .Lexport_447 - tidelock_wrapper_distance
  .long .Lexport_448 - tidelock_wrapper_distance
  .long .Lexport_449 - tidelock_wrapper_distance
  .long .Lexport_450 - tidelock_wrapper_distance
  .long .Lexport_451 - tidelock_wrapper_distance
  .long .Lexport_452 - tidelock_wrapper_distance
  .long .Lexport_453 - tidelock_wrapper_distance
  .long .Lexport_454 - tidelock_wrapper_distance
  .long .Lexport_455 - tidelock_wrapper_distance
  .long .Lexport_456 - tidelock_wrapper_distance
  .long .Lexport_457 - tidelock_wrapper_distance
  .long .Lexport_458 - tidelock_wrapper_distance
  .long .Lexport_459 - tidelock_wrapper_distance
  .long .Lexport_460 - tidelock_wrapper_distance
  .long .Lexport_461 - tidelock_wrapper_distance
  .long .Lexport_462 - tidelock_wrapper_distance
  .long .Lexport_463 - tidelock_wrapper_distance
  .long .Lexport_464 - tidelock_wrapper_distance
  .long .Lexport_465 - tidelock_wrapper_distance
  .long .Lexport_466 - tidelock_wrapper_distance
  .long .Lexport_467 - tidelock_wrapper_distance
  .long .Lexport_468 - tidelock_wrapper_distance
  .long .Lexport_469 - tidelock_wrapper_distance
  .long .Lexport_470 - tidelock_wrapper_distance
  .long .Lexport_471 - tidelock_wrapper_distance
  .long .Lexport_472 - tidelock_wrapper_distance
  .long .Lexport_473 - tidelock_wrapper_distance
  .long .Lexport_474 - tidelock_wrapper_distance
  .long .Lexport_475 - tidelock_wrapper_distance
  .long .Lexport_476 - tidelock_wrapper_distance
  .long .Lexport_477 - tidelock_wrapper_distance
  .long .Lexport_478 - tidelock_wrapper_distance
  .long .Lexport_479 - tidelock_wrapper_distance
  .long .Lexport_480 - tidelock_wrapper_distance
  .long .Lexport_481 - tidelock_wrapper_distance
  .long .Lexport_482 - tidelock_wrapper_distance
  .long .Lexport_483 - tidelock_wrapper_distance
  .long .Lexport_484 - tidelock_wrapper_distance
  .long .Lexport_485 - tidelock_wrapper_distance
  .long .Lexport_486 - tidelock_wrapper_distance
  .long .Lexport_487 - tidelock_wrapper_distance
  .long .Lexport_488 - tidelock_wrapper_distance
  .long .Lexport_489 - tidelock_wrapper_distance
  .long .Lexport_490 - tidelock_wrapper_distance
  .long .Lexport_491 - tidelock_wrapper_distance
  .long .Lexport_492 - tidelock_wrapper_distance
  .long .Lexport_493 - tidelock_wrapper_distance
  .long .Lexport_494 - tidelock_wrapper_distance
  .long .Lexport_495 - tidelock_wrapper_distance
  .long .Lexport_496 - tidelock_wrapper_distance
  .long .Lexport_497 - tidelock_wrapper_distance
  .long .Lexport_498 - tidelock_wrapper_distance
  .long .Lexport_499 - tidelock_wrapper_distance
  .long .Lexport_500 - tidelock_wrapper_distance
  .long .Lexport_501 - tidelock_wrapper_distance
  .long .Lexport_502 - tidelock_wrapper_distance
  .long .Lexport_503 - tidelock_wrapper_distance
  .long .Lexport_504 - tidelock_wrapper_distance
  .long .Lexport_505 - tidelock_wrapper_distance
  .long .Lexport_506 - tidelock_wrapper_distance
  .long .Lexport_507 - tidelock_wrapper_distance
  .long .Lexport_508 - tidelock_wrapper_distance
  .long .Lexport_509 - tidelock_wrapper_distance
  .long .Lexport_510 - tidelock_wrapper_distance
  .long .Lexport_511 - tidelock_wrapper_distance
  .long .Lexport_512 - tidelock_wrapper_distance
  .long .Lexport_513 - tidelock_wrapper_distance
  .long .Lexport_514 - tidelock_wrapper_distance
  .long .Lexport_515 - tidelock_wrapper_distance
  .long .Lexport_516 - tidelock_wrapper_distance
  .long .Lexport_517 - tidelock_wrapper_distance
  .long .Lexport_518 - tidelock_wrapper_distance
  .long .Lexport_519 - tidelock_wrapper_distance
  .long .Lexport_520 - tidelock_wrapper_distance
  .long .Lexport_521 - tidelock_wrapper_distance
  .long .Lexport_522 - tidelock_wrapper_distance
  .long .Lexport_523 - tidelock_wrapper_distance
  .long .Lexport_524 - tidelock_wrapper_distance
  .long .Lexport_525 - tidelock_wrapper_distance
  .long .Lexport_526 - tidelock_wrapper_distance
  .long .Lexport_527 - tidelock_wrapper_distance
  .long .Lexport_528 - tidelock_wrapper_distance
  .long .Lexport_529 - tidelock_wrapper_distance
  .long .Lexport_530 - tidelock_wrapper_distance
  .long .Lexport_531 - tidelock_wrapper_distance
  .long .Lexport_532 - tidelock_wrapper_distance
  .long .Lexport_533 - tidelock_wrapper_distance
  .long .Lexport_534 - tidelock_wrapper_distance
  .long .Lexport_535 - tidelock_wrapper_distance
  .long .Lexport_536 - tidelock_wrapper_distance
  .long .Lexport_537 - tidelock_wrapper_distance
  .long .Lexport_538 - tidelock_wrapper_distance
  .long .Lexport_539 - tidelock_wrapper_distance
  .long .Lexport_540 - tidelock_wrapper_distance
  .long .Lexport_541 - tidelock_wrapper_distance
  .long .Lexport_542 - tidelock_wrapper_distance
  .long .Lexport_543 - tidelock_wrapper_distance
  .long .Lexport_544 - tidelock_wrapper_distance
  .long .Lexport_545 - tidelock_wrapper_distance
  .long .Lexport_546 - tidelock_wrapper_distance
  .long .Lexport_547 - tidelock_wrapper_distance
  .long .Lexport_548 - tidelock_wrapper_distance
  .long .Lexport_549 - tidelock_wrapper_distance
  .long .Lexport_550 - tidelock_wrapper_distance
  .long .Lexport_551 - tidelock_wrapper_distance
  .long .Lexport_552 - tidelock_wrapper_distance
  .long .Lexport_553 - tidelock_wrapper_distance
  .long .Lexport_554 - tidelock_wrapper_distance
  .long .Lexport_555 - tidelock_wrapper_distance
  .long .Lexport_556 - tidelock_wrapper_distance
  .long .Lexport_557 - tidelock_wrapper_distance
  .long .Lexport_558 - tidelock_wrapper_distance
  .long .Lexport_559 - tidelock_wrapper_distance
  .long .Lexport_560 - tidelock_wrapper_distance
  .long .Lexport_561 - tidelock_wrapper_distance
  .long .Lexport_562 - tidelock_wrapper_distance
  .long .Lexport_563 - tidelock_wrapper_distance
  .long .Lexport_564 - tidelock_wrapper_distance
  .long .Lexport_565 - tidelock_wrapper_distance
  .long .Lexport_566 - tidelock_wrapper_distance
  .long .Lexport_567 - tidelock_wrapper_distance
  .long .Lexport_568 - tidelock_wrapper_distance
  .long .Lexport_569 - tidelock_wrapper_distance
  .long .Lexport_570 - tidelock_wrapper_distance
  .long .Lexport_571 - tidelock_wrapper_distance
  .long .Lexport_572 - tidelock_wrapper_distance
  .long .Lexport_573 - tidelock_wrapper_distance
  .long .Lexport_574 - tidelock_wrapper_distance
  .long .Lexport_575 - tidelock_wrapper_distance
  .long .Lexport_576 - tidelock_wrapper_distance
  .long .Lexport_577 - tidelock_wrapper_distance
  .long .Lexport_578 - tidelock_wrapper_distance
  .long .Lexport_579 - tidelock_wrapper_distance
  .long .Lexport_580 - tidelock_wrapper_distance
  .long .Lexport_581 - tidelock_wrapper_distance
  .long .Lexport_582 - tidelock_wrapper_distance
  .long .Lexport_583 - tidelock_wrapper_distance
  .long .Lexport_584 - tidelock_wrapper_distance
  .long .Lexport_585 - tidelock_wrapper_distance
  .long .Lexport_586 - tidelock_wrapper_distance
  .long .Lexport_587 - tidelock_wrapper_distance
  .long .Lexport_588 - tidelock_wrapper_distance
  .long .Lexport_589 - tidelock_wrapper_distance
  .long .Lexport_590 - tidelock_wrapper_distance
  .long .Lexport_591 - tidelock_wrapper_distance
  .long .Lexport_592 - tidelock_wrapper_distance
  .long .Lexport_593 - tidelock_wrapper_distance
  .long .Lexport_594 - tidelock_wrapper_distance
  .long .Lexport_595 - tidelock_wrapper_distance
  .long .Lexport_596 - tidelock_wrapper_distance
  .long .Lexport_597 - tidelock_wrapper_distance
  .long .Lexport_598 - tidelock_wrapper_distance
  .long .Lexport_599 - tidelock_wrapper_distance
  .long .Lexport_600 - tidelock_wrapper_distance
  .long .Lexport_601 - tidelock_wrapper_distance
  .long .Lexport_602 - tidelock_wrapper_distance
  .long .Lexport_603 - tidelock_wrapper_distance
  .long .Lexport_604 - tidelock_wrapper_distance
  .long .Lexport_605 - tidelock_wrapper_distance
  .long .Lexport_606 - tidelock_wrapper_distance
  .long .Lexport_607 - tidelock_wrapper_distance
  .long .Lexport_608 - tidelock_wrapper_distance
  .long .Lexport_609 - tidelock_wrapper_distance
  .long .Lexport_610 - tidelock_wrapper_distance
  .long .Lexport_611 - tidelock_wrapper_distance
  .long .Lexport_612 - tidelock_wrapper_distance
  .long .Lexport_613 - tidelock_wrapper_distance
  .long .Lexport_614 - tidelock_wrapper_distance
  .long .Lexport_615 - tidelock_wrapper_distance
  .long .Lexport_616 - tidelock_wrapper_distance
  .long .Lexport_617 - tidelock_wrapper_distance
  .long .Lexport_618 - tidelock_wrapper_distance
  .long .Lexport_619 - tidelock_wrapper_distance
  .long .Lexport_620 - tidelock_wrapper_distance
  .long .Lexport_621 - tidelock_wrapper_distance
  .long .Lexport_622 - tidelock_wrapper_distance
  .long .Lexport_623 - tidelock_wrapper_distance
  .long .Lexport_624 - tidelock_wrapper_distance
  .long .Lexport_625 - tidelock_wrapper_distance
  .long .Lexport_626 - tidelock_wrapper_distance
  .long .Lexport_627 - tidelock_wrapper_distance
  .long .Lexport_628 - tidelock_wrapper_distance
  .long .Lexport_629 - tidelock_wrapper_distance
  .long .Lexport_630 - tidelock_wrapper_distance
  .long .Lexport_631 - tidelock_wrapper_distance
  .long .Lexport_632 - tidelock_wrapper_distance
  .long .Lexport_633 - tidelock_wrapper_distance
  .long .Lexport_634 - tidelock_wrapper_distance
  .long .Lexport_635 - tidelock_wrapper_distance
  .long .Lexport_636 - tidelock_wrapper_distance
  .long .Lexport_637 - tidelock_wrapper_distance
  .long .Lexport_638 - tidelock_wrapper_distance
  .long .Lexport_639 - tidelock_wrapper_distance
  .long .Lexport_640 - tidelock_wrapper_distance
  .long .Lexport_641 - tidelock_wrapper_distance
  .long .Lexport_642 - tidelock_wrapper_distance
  .long .Lexport_643 - tidelock_wrapper_distance
  .long .Lexport_644 - tidelock_wrapper_distance
  .long .Lexport_645 - tidelock_wrapper_distance
  .long .Lexport_646 - tidelock_wrapper_distance
  .long .Lexport_647 - tidelock_wrapper_distance
  .long .Lexport_648 - tidelock_wrapper_distance
  .long .Lexport_649 - tidelock_wrapper_distance
  .long .Lexport_650 - tidelock_wrapper_distance
  .long .Lexport_651 - tidelock_wrapper_distance
  .long .Lexport_652 - tidelock_wrapper_distance
  .long .Lexport_653 - tidelock_wrapper_distance
  .long .Lexport_654 - tidelock_wrapper_distance
  .long .Lexport_655 - tidelock_wrapper_distance
  .long .Lexport_656 - tidelock_wrapper_distance
  .long .Lexport_657 - tidelock_wrapper_distance
  .long .Lexport_658 - tidelock_wrapper_distance
  .long .Lexport_659 - tidelock_wrapper_distance
  .long .Lexport_660 - tidelock_wrapper_distance
  .long .Lexport_661 - tidelock_wrapper_distance
  .long .Lexport_662 - tidelock_wrapper_distance
  .long .Lexport_663 - tidelock_wrapper_distance
  .long .Lexport_664 - tidelock_wrapper_distance
  .long .Lexport_665 - tidelock_wrapper_distance
  .long .Lexport_666 - tidelock_wrapper_distance
  .long .Lexport_667 - tidelock_wrapper_distance
  .long .Lexport_668 - tidelock_wrapper_distance
  .long .Lexport_669 - tidelock_wrapper_distance
  .long .Lexport_670 - tidelock_wrapper_distance
  .long .Lexport_671 - tidelock_wrapper_distance
  .long .Lexport_672 - tidelock_wrapper_distance
  .long .Lexport_673 - tidelock_wrapper_distance
  .long .Lexport_674 - tidelock_wrapper_distance
  .long .Lexport_675 - tidelock_wrapper_distance
  .long .Lexport_676 - tidelock_wrapper_distance
  .long .Lexport_677 - tidelock_wrapper_distance
  .long .Lexport_678 - tidelock_wrapper_distance
  .long .Lexport_679 - tidelock_wrapper_distance
  .long .Lexport_680 - tidelock_wrapper_distance
  .long .Lexport_681 - tidelock_wrapper_distance
  .long .Lexport_682 - tidelock_wrapper_distance
  .long .Lexport_683 - tidelock_wrapper_distance
  .long .Lexport_684 - tidelock_wrapper_distance
  .long .Lexport_685 - tidelock_wrapper_distance
  .long .Lexport_686 - tidelock_wrapper_distance
  .long .Lexport_687 - tidelock_wrapper_distance
  .long .Lexport_688 - tidelock_wrapper_distance
  .long .Lexport_689 - tidelock_wrapper_distance
  .long .Lexport_690 - tidelock_wrapper_distance
  .long .Lexport_691 - tidelock_wrapper_distance
  .long .Lexport_692 - tidelock_wrapper_distance
  .long .Lexport_693 - tidelock_wrapper_distance
  .long .Lexport_694 - tidelock_wrapper_distance
  .long .Lexport_695 - tidelock_wrapper_distance
  .long .Lexport_696 - tidelock_wrapper_distance
  .long .Lexport_697 - tidelock_wrapper_distance
  .long .Lexport_698 - tidelock_wrapper_distance
  .long .Lexport_699 - tidelock_wrapper_distance
  .long .Lexport_700 - tidelock_wrapper_distance
  .long .Lexport_701 - tidelock_wrapper_distance
  .long .Lexport_702 - tidelock_wrapper_distance
  .long .Lexport_703 - tidelock_wrapper_distance
  .long .Lexport_704 - tidelock_wrapper_distance
  .long .Lexport_705 - tidelock_wrapper_distance
  .long .Lexport_706 - tidelock_wrapper_distance
  .long .Lexport_707 - tidelock_wrapper_distance
  .long .Lexport_708 - tidelock_wrapper_distance
  .long .Lexport_709 - tidelock_wrapper_distance
  .long .Lexport_710 - tidelock_wrapper_distance
  .long .Lexport_711 - tidelock_wrapper_distance
  .long .Lexport_712 - tidelock_wrapper_distance
  .long .Lexport_713 - tidelock_wrapper_distance
  .long .Lexport_714 - tidelock_wrapper_distance
  .long .Lexport_715 - tidelock_wrapper_distance
  .long .Lexport_716 - tidelock_wrapper_distance
  .long .Lexport_717 - tidelock_wrapper_distance
  .long .Lexport_718 - tidelock_wrapper_distance
  .long .Lexport_719 - tidelock_wrapper_distance
  .long .Lexport_720 - tidelock_wrapper_distance
  .long .Lexport_721 - tidelock_wrapper_distance
  .long .Lexport_722 - tidelock_wrapper_distance
  .long .Lexport_723 - tidelock_wrapper_distance
  .long .Lexport_724 - tidelock_wrapper_distance
  .long .Lexport_725 - tidelock_wrapper_distance
  .long .Lexport_726 - tidelock_wrapper_distance
  .long .Lexport_727 - tidelock_wrapper_distance
  .long .Lexport_728 - tidelock_wrapper_distance
  .long .Lexport_729 - tidelock_wrapper_distance
  .long .Lexport_730 - tidelock_wrapper_distance
  .long .Lexport_731 - tidelock_wrapper_distance
  .long .Lexport_732 - tidelock_wrapper_distance
  .long .Lexport_733 - tidelock_wrapper_distance
  .long .Lexport_734 - tidelock_wrapper_distance
  .long .Lexport_735 - tidelock_wrapper_distance
  .long .Lexport_736 - tidelock_wrapper_distance
  .long .Lexport_737 - tidelock_wrapper_distance
  .long .Lexport_738 - tidelock_wrapper_distance
  .long .Lexport_739 - tidelock_wrapper_distance
  .long .Lexport_740 - tidelock_wrapper_distance
  .long .Lexport_741 - tidelock_wrapper_distance
  .long .Lexport_742 - tidelock_wrapper_distance
  .long .Lexport_743 - tidelock_wrapper_distance
  .long .Lexport_744 - tidelock_wrapper_distance
  .long .Lexport_745 - tidelock_wrapper_distance
  .long .Lexport_746 - tidelock_wrapper_distance
  .long .Lexport_747 - tidelock_wrapper_distance
  .long .Lexport_748 - tidelock_wrapper_distance
  .long .Lexport_749 - tidelock_wrapper_distance
  .long .Lexport_750 - tidelock_wrapper_distance
  .long .Lexport_751 - tidelock_wrapper_distance
  .long .Lexport_752 - tidelock_wrapper_distance
  .long .Lexport_753 - tidelock_wrapper_distance
  .long .Lexport_754 - tidelock_wrapper_distance
  .long .Lexport_755 - tidelock_wrapper_distance
  .long .Lexport_756 - tidelock_wrapper_distance
  .long .Lexport_757 - tidelock_wrapper_distance
  .long .Lexport_758 - tidelock_wrapper_distance
  .long .Lexport_759 - tidelock_wrapper_distance
  .long .Lexport_760 - tidelock_wrapper_distance
  .long .Lexport_761 - tidelock_wrapper_distance
  .long .Lexport_762 - tidelock_wrapper_distance
  .long .Lexport_763 - tidelock_wrapper_distance
  .long .Lexport_764 - tidelock_wrapper_distance
  .long .Lexport_765 - tidelock_wrapper_distance
  .long .Lexport_766 - tidelock_wrapper_distance
  .long .Lexport_767 - tidelock_wrapper_distance
  .long .Lexport_768 - tidelock_wrapper_distance
  .long .Lexport_769 - tidelock_wrapper_distance
  .long .Lexport_770 - tidelock_wrapper_distance
  .long .Lexport_771 - tidelock_wrapper_distance
  .long .Lexport_772 - tidelock_wrapper_distance
  .long .Lexport_773 - tidelock_wrapper_distance
  .long .Lexport_774 - tidelock_wrapper_distance
  .long .Lexport_775 - tidelock_wrapper_distance
  .long .Lexport_776 - tidelock_wrapper_distance
  .long .Lexport_777 - tidelock_wrapper_distance
  .long .Lexport_778 - tidelock_wrapper_distance
  .long .Lexport_779 - tidelock_wrapper_distance
  .long .Lexport_780 - tidelock_wrapper_distance
  .long .Lexport_781 - tidelock_wrapper_distance
  .long .Lexport_782 - tidelock_wrapper_distance
  .long .Lexport_783 - tidelock_wrapper_distance
  .long .Lexport_784 - tidelock_wrapper_distance
  .long .Lexport_785 - tidelock_wrapper_distance
  .long .Lexport_786 - tidelock_wrapper_distance
  .long .Lexport_787 - tidelock_wrapper_distance
  .long .Lexport_788 - tidelock_wrapper_distance
  .long .Lexport_789 - tidelock_wrapper_distance
  .long .Lexport_790 - tidelock_wrapper_distance
  .long .Lexport_791 - tidelock_wrapper_distance
  .long .Lexport_792 - tidelock_wrapper_distance
  .long .Lexport_793 - tidelock_wrapper_distance
  .long .Lexport_794 - tidelock_wrapper_distance
  .long .Lexport_795 - tidelock_wrapper_distance
  .long .Lexport_796 - tidelock_wrapper_distance
  .long .Lexport_797 - tidelock_wrapper_distance
  .long .Lexport_798 - tidelock_wrapper_distance
  .long .Lexport_799 - tidelock_wrapper_distance
  .long .Lexport_800 - tidelock_wrapper_distance
  .long .Lexport_801 - tidelock_wrapper_distance
  .long .Lexport_802 - tidelock_wrapper_distance
  .long .Lexport_803 - tidelock_wrapper_distance
  .long .Lexport_804 - tidelock_wrapper_distance
  .long .Lexport_805 - tidelock_wrapper_distance
  .long .Lexport_806 - tidelock_wrapper_distance
  .long .Lexport_807 - tidelock_wrapper_distance
  .long .Lexport_808 - tidelock_wrapper_distance
  .long .Lexport_809 - tidelock_wrapper_distance
  .long .Lexport_810 - tidelock_wrapper_distance
  .long .Lexport_811 - tidelock_wrapper_distance
  .long .Lexport_812 - tidelock_wrapper_distance
  .long .Lexport_813 - tidelock_wrapper_distance
  .long .Lexport_814 - tidelock_wrapper_distance
  .long .Lexport_815 - tidelock_wrapper_distance
  .long .Lexport_816 - tidelock_wrapper_distance
  .long .Lexport_817 - tidelock_wrapper_distance
  .long .Lexport_818 - tidelock_wrapper_distance
  .long .Lexport_819 - tidelock_wrapper_distance
  .long .Lexport_820 - tidelock_wrapper_distance
  .long .Lexport_821 - tidelock_wrapper_distance
  .long .Lexport_822 - tidelock_wrapper_distance
  .long .Lexport_823 - tidelock_wrapper_distance
  .long .Lexport_824 - tidelock_wrapper_distance
  .long .Lexport_825 - tidelock_wrapper_distance
  .long .Lexport_826 - tidelock_wrapper_distance
  .long .Lexport_827 - tidelock_wrapper_distance
  .long .Lexport_828 - tidelock_wrapper_distance
  .long .Lexport_829 - tidelock_wrapper_distance
  .long .Lexport_830 - tidelock_wrapper_distance
  .long .Lexport_831 - tidelock_wrapper_distance
  .long .Lexport_832 - tidelock_wrapper_distance
  .long .Lexport_833 - tidelock_wrapper_distance
  .long .Lexport_834 - tidelock_wrapper_distance
  .long .Lexport_835 - tidelock_wrapper_distance
  .long .Lexport_836 - tidelock_wrapper_distance
  .long .Lexport_837 - tidelock_wrapper_distance
  .long .Lexport_838 - tidelock_wrapper_distance
  .long .Lexport_839 - tidelock_wrapper_distance
  .long .Lexport_840 - tidelock_wrapper_distance
  .long .Lexport_841 - tidelock_wrapper_distance
  .long .Lexport_842 - tidelock_wrapper_distance
  .long .Lexport_843 - tidelock_wrapper_distance
  .long .Lexport_844 - tidelock_wrapper_distance
  .long .Lexport_845 - tidelock_wrapper_distance
  .long .Lexport_846 - tidelock_wrapper_distance
  .long .Lexport_847 - tidelock_wrapper_distance
  .long .Lexport_848 - tidelock_wrapper_distance
  .long .Lexport_849 - tidelock_wrapper_distance
  .long .Lexport_850 - tidelock_wrapper_distance
  .long .Lexport_851 - tidelock_wrapper_distance
  .long .Lexport_852 - tidelock_wrapper_distance
  .long .Lexport_853 - tidelock_wrapper_distance
  .long .Lexport_854 - tidelock_wrapper_distance
  .long .Lexport_855 - tidelock_wrapper_distance
  .long .Lexport_856 - tidelock_wrapper_distance
  .long .Lexport_857 - tidelock_wrapper_distance
  .long .Lexport_858 - tidelock_wrapper_distance
  .long .Lexport_859 - tidelock_wrapper_distance
  .long .Lexport_860 - tidelock_wrapper_distance
  .long .Lexport_861 - tidelock_wrapper_distance
  .long .Lexport_862 - tidelock_wrapper_distance
  .long .Lexport_863 - tidelock_wrapper_distance
  .long .Lexport_864 - tidelock_wrapper_distance
  .long .Lexport_865 - tidelock_wrapper_distance
  .long .Lexport_866 - tidelock_wrapper_distance
  .long .Lexport_867 - tidelock_wrapper_distance
  .long .Lexport_868 - tidelock_wrapper_distance
  .long .Lexport_869 - tidelock_wrapper_distance
  .long .Lexport_870 - tidelock_wrapper_distance
  .long .Lexport_871 - tidelock_wrapper_distance
  .long .Lexport_872 - tidelock_wrapper_distance
  .long .Lexport_873 - tidelock_wrapper_distance
  .long .Lexport_874 - tidelock_wrapper_distance
  .long .Lexport_875 - tidelock_wrapper_distance
  .long .Lexport_876 - tidelock_wrapper_distance
  .long .Lexport_877 - tidelock_wrapper_distance
  .long .Lexport_878 - tidelock_wrapper_distance
  .long .Lexport_879 - tidelock_wrapper_distance
  .long .Lexport_880 - tidelock_wrapper_distance
  .long .Lexport_881 - tidelock_wrapper_distance
  .long .Lexport_882 - tidelock_wrapper_distance
  .long .Lexport_883 - tidelock_wrapper_distance
  .long .Lexport_884 - tidelock_wrapper_distance
  .long .Lexport_885 - tidelock_wrapper_distance
  .long .Lexport_886 - tidelock_wrapper_distance
  .long .Lexport_887 - tidelock_wrapper_distance
  .long .Lexport_888 - tidelock_wrapper_distance
  .long .Lexport_889 - tidelock_wrapper_distance
  .long .Lexport_890 - tidelock_wrapper_distance
  .long .Lexport_891 - tidelock_wrapper_distance
  .long .Lexport_892 - tidelock_wrapper_distance
  .long .Lexport_893 - tidelock_wrapper_distance
  .long .Lexport_894 - tidelock_wrapper_distance
  .long .Lexport_895 - tidelock_wrapper_distance
  .long .Lexport_896 - tidelock_wrapper_distance
  .long .Lexport_897 - tidelock_wrapper_distance
  .long .Lexport_898 - tidelock_wrapper_distance
  .long .Lexport_899 - tidelock_wrapper_distance
  .long .Lexport_900 - tidelock_wrapper_distance
  .long .Lexport_901 - tidelock_wrapper_distance
  .long .Lexport_902 - tidelock_wrapper_distance
  .long .Lexport_903 - tidelock_wrapper_distance
  .long .Lexport_904 - tidelock_wrapper_distance
  .long .Lexport_905 - tidelock_wrapper_distance
  .long .Lexport_906 - tidelock_wrapper_distance
  .long .Lexport_907 - tidelock_wrapper_distance
  .long .Lexport_908 - tidelock_wrapper_distance
  .long .Lexport_909 - tidelock_wrapper_distance
  .long .Lexport_910 - tidelock_wrapper_distance
  .long .Lexport_911 - tidelock_wrapper_distance
  .long .Lexport_912 - tidelock_wrapper_distance
  .long .Lexport_913 - tidelock_wrapper_distance
  .long .Lexport_914 - tidelock_wrapper_distance
  .long .Lexport_915 - tidelock_wrapper_distance
  .long .Lexport_916 - tidelock_wrapper_distance
  .long .Lexport_917 - tidelock_wrapper_distance
  .long .Lexport_918 - tidelock_wrapper_distance
  .long .Lexport_919 - tidelock_wrapper_distance
  .long .Lexport_920 - tidelock_wrapper_distance
  .long .Lexport_921 - tidelock_wrapper_distance
  .long .Lexport_922 - tidelock_wrapper_distance
  .long .Lexport_923 - tidelock_wrapper_distance
  .long .Lexport_924 - tidelock_wrapper_distance
  .long .Lexport_925 - tidelock_wrapper_distance
  .long .Lexport_926 - tidelock_wrapper_distance
  .long .Lexport_927 - tidelock_wrapper_distance
  .long .Lexport_928 - tidelock_wrapper_distance
  .long .Lexport_929 - tidelock_wrapper_distance
  .long .Lexport_930 - tidelock_wrapper_distance
  .long .Lexport_931 - tidelock_wrapper_distance
  .long .Lexport_932 - tidelock_wrapper_distance
  .long .Lexport_933 - tidelock_wrapper_distance
  .long .Lexport_934 - tidelock_wrapper_distance
  .long .Lexport_935 - tidelock_wrapper_distance
  .long .Lexport_936 - tidelock_wrapper_distance
  .long .Lexport_937 - tidelock_wrapper_distance
  .long .Lexport_938 - tidelock_wrapper_distance
  .long .Lexport_939 - tidelock_wrapper_distance
  .long .Lexport_940 - tidelock_wrapper_distance
  .long .Lexport_941 - tidelock_wrapper_distance
  .long .Lexport_942 - tidelock_wrapper_distance
  .long .Lexport_943 - tidelock_wrapper_distance
  .long .Lexport_944 - tidelock_wrapper_distance
  .long .Lexport_945 - tidelock_wrapper_distance
  .long .Lexport_946 - tidelock_wrapper_distance
  .long .Lexport_947 - tidelock_wrapper_distance
  .long .Lexport_948 - tidelock_wrapper_distance
  .long .Lexport_949 - tidelock_wrapper_distance
  .long .Lexport_950 - tidelock_wrapper_distance
  .long .Lexport_951 - tidelock_wrapper_distance
  .long .Lexport_952 - tidelock_wrapper_distance
  .long .Lexport_953 - tidelock_wrapper_distance
  .long .Lexport_954 - tidelock_wrapper_distance
  .long .Lexport_955 - tidelock_wrapper_distance
  .long .Lexport_956 - tidelock_wrapper_distance
  .long .Lexport_957 - tidelock_wrapper_distance
  .long .Lexport_958 - tidelock_wrapper_distance
  .long .Lexport_959 - tidelock_wrapper_distance
  .long .Lexport_960 - tidelock_wrapper_distance
  .long .Lexport_961 - tidelock_wrapper_distance
  .long .Lexport_962 - tidelock_wrapper_distance
  .long .Lexport_963 - tidelock_wrapper_distance
  .long .Lexport_964 - tidelock_wrapper_distance
  .long .Lexport_965 - tidelock_wrapper_distance
  .long .Lexport_966 - tidelock_wrapper_distance
  .long .Lexport_967 - tidelock_wrapper_distance
  .long .Lexport_968 - tidelock_wrapper_distance
  .long .Lexport_969 - tidelock_wrapper_distance
  .long .Lexport_970 - tidelock_wrapper_distance
  .long .Lexport_971 - tidelock_wrapper_distance
  .long .Lexport_972 - tidelock_wrapper_distance
  .long .Lexport_973 - tidelock_wrapper_distance
  .long .Lexport_974 - tidelock_wrapper_distance
  .long .Lexport_975 - tidelock_wrapper_distance
  .long .Lexport_976 - tidelock_wrapper_distance
  .long .Lexport_977 - tidelock_wrapper_distance
  .long .Lexport_978 - tidelock_wrapper_distance
  .long .Lexport_979 - tidelock_wrapper_distance
  .long .Lexport_980 - tidelock_wrapper_distance
  .long .Lexport_981 - tidelock_wrapper_distance
  .long .Lexport_982 - tidelock_wrapper_distance
  .long .Lexport_983 - tidelock_wrapper_distance
  .long .Lexport_984 - tidelock_wrapper_distance
  .long .Lexport_985 - tidelock_wrapper_distance
  .long .Lexport_986 - tidelock_wrapper_distance
  .long .Lexport_987 - tidelock_wrapper_distance

  .section .note.GNU-stack, "", @progbits
