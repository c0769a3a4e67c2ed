// One import for the common way: the parts whose types occur in it come along.
@_exported import ZooEngine
@_exported import ZooExport
@_exported import ZooFeatures
@_exported import ZooFetch
@_exported import ZooFile
@_exported import ZooGraph
@_exported import ZooImage
@_exported import ZooKeras
@_exported import ZooPlugin
@_exported import ZooStore
@_exported import ZooSystem
@_exported import ZooTrain
@_exported import ZooTransfer
