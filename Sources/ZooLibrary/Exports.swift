@_exported import ZooExport
@_exported import ZooFeatures
@_exported import ZooFile
@_exported import ZooImage
@_exported import ZooStore
@_exported import ZooTrain
@_exported import ZooTransfer

// One import for the common way: the types that occur in it come along, and of the modules that are all about it
// everything.
@_exported import struct ZooEngine.EngineError
@_exported import enum ZooEngine.Precision
@_exported import class ZooEngine.Tuning
@_exported import struct ZooFetch.DownloadError
@_exported import struct ZooFetch.DownloadProgress
@_exported import struct ZooGraph.GraphError
@_exported import struct ZooGraph.Preprocessing
@_exported import enum ZooGraph.ResizeMode
@_exported import struct ZooGraph.Shape
@_exported import struct ZooGraph.Size2D
@_exported import struct ZooKeras.ImportReport
@_exported import struct ZooKeras.ImportRequest
@_exported import struct ZooPlugin.Base
@_exported import enum ZooPlugin.Pooling
@_exported import struct ZooPlugin.Registry
@_exported import struct ZooPlugin.RegistryError
@_exported import struct ZooSystem.FileError
@_exported import enum ZooSystem.Threads
