import Testing
import ZooImage
import ZooSystem

@Suite struct LabelFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] { try write(name, "") }
  }

  private func write(_ name: String, _ text: String) throws {
    let file = try AtomicFile("\(folder.path)/\(name)")
    try file.write(text)
    try file.commit()
  }

  private func pictures(_ text: String) throws -> LabelledPictures {
    try write("labels.csv", text)
    return try LabelledPictures(folder.path)
  }

  @Test(arguments: [
    "filename,labels\na.jpg,ant\nb.jpg,ant|bee\nc.jpg,bee | fly\n",
    "filename,labels\na.jpg,ant\nb.jpg,bee;ant\nc.jpg,\"fly, bee, fly\"\n",
    "filename,ant,bee,fly\na.jpg,1,0,0\nb.jpg,1,1,0\nc.jpg,0,1,1\n",
    "path,ant,bee,fly\na.jpg,True,False,0.0\nb.jpg,1.0,true,false\nc.jpg, 0,1 ,TRUE\n",
  ])
  func severalClassesAPicture(text: String) throws {
    let pictures = try pictures(text)
    #expect(pictures.list.classNames == ["ant", "bee", "fly"])
    #expect(pictures.list.items.map(\.path) == ["a.jpg", "b.jpg", "c.jpg"].map { "\(folder.path)/\($0)" })
    #expect(pictures.list.items.map(\.labels) == [[0], [0, 1], [1, 2]])
    #expect(pictures.heldOut == nil && pictures.toEvaluate == pictures.list)
  }

  /// As pandas writes tables, with a count of the lines first, and the header saying which column is which.
  @Test(arguments: [
    ",filename,class\n0,a.jpg,ant\n1,b.jpg,bee\n", "label,path\nant,a.jpg\nbee,b.jpg\n",
    "Unnamed: 0,image,label\n7,a.jpg,ant\n8,b.jpg,bee\n",
    "split,Label,File\ntrain,ant,a.jpg\nval,bee,b.jpg\n",
  ])
  func theHeaderSaysWhichColumnIsWhich(_ text: String) throws {
    let list = try pictures(text).list
    #expect(list.classNames == ["ant", "bee"] && list.items.map(\.labels) == [[0], [1]])
    #expect(list.items.map(\.path) == ["a.jpg", "b.jpg"].map { "\(folder.path)/\($0)" })
  }

  @Test func columnsKeepTheirOrder() throws {
    #expect(try pictures("f,fly,ant\na.jpg,0,0\nb.jpg,1,0\n").list.items.map(\.labels) == [[], [0]])
    #expect(try pictures("f,fly,ant\na.jpg,0,1\n").list.classNames == ["fly", "ant"])
  }

  @Test(arguments: [
    "f,label,is_valid\na.jpg,ant,False\nb.jpg,bee,True\nc.jpg,ant,0\nd.jpg,bee,1\n",
    "f,split,ant,bee\na.jpg,train,1,0\nb.jpg,val,0,1\nc.jpg,train,1,0\nd.jpg,valid,0,1\n",
  ])
  func theFileSaysWhatIsHeldOut(text: String) throws {
    let pictures = try pictures(text)
    #expect(pictures.heldOut == [1, 3])
    #expect(pictures.toEvaluate.items.map(\.labels) == [[1], [1]])
    let data = try Dataset(folder.path, validationSplit: 0.2, seed: 0)
    #expect(data.isSplitOnDisk)
    #expect(data.training.items.count == 2 && data.validation.items == pictures.toEvaluate.items)
  }

  @Test func whatIsNotListedIsNamed() throws {
    for name in ["x.psd", "nameless"] { try write(name, "") }
    let list = try pictures("f,label\n./a.jpg,ant\n\(folder.path)/b.jpg,bee\nnameless,bee\n").list
    #expect(list.unlisted == ["c.jpg", "d.jpg"].map { "\(folder.path)/\($0)" })
    #expect(list.unread.kinds.map(\.number) == ["1 Photoshop file"], "the label file is read")
    let data = try Dataset(folder.path, validationSplit: 0.2, seed: 0)
    #expect(data.training.unlisted == list.unlisted && data.training.unread == list.unread)
  }

  @Test func anotherFileMayBeNamed() throws {
    try write("labels.csv", "f,label\nmissing.jpg,ant\n")
    try write("other.csv", "f,label\n\(folder.path)/a.jpg,ant\nb.jpg,bee\n")
    let list = try LabelledPictures(folder.path, labels: folder.path + "/other.csv").list
    #expect(list.items.map(\.path) == ["a.jpg", "b.jpg"].map { "\(folder.path)/\($0)" })
  }

  @Test(arguments: [
    ("f,label\na.jpg,ant\nx.jpg,bee\n", "line 3: there is no picture 'x.jpg'"),
    ("f,label\na.jpg,ant\nb.jpg,\n", "line 3: gives 'b.jpg' no class"),
    ("f,label\na.jpg,ant\nb.jpg,bee\n\na.jpg,bee\n", "line 5: lists 'a.jpg' again, after line 2"),
    ("f,label\n,ant\n", "line 2: names no picture"),
    ("f,ant,bee\na.jpg,1,0\nb.jpg,0,2\n", "line 3: has '2' for 'bee', expected 1 or 0"),
    ("f,width,bee\na.jpg,640,0\n", "line 2: has '640' for 'width', expected 1 or 0"),
    ("f,ant,bee,ant\na.jpg,1,0,0\n", "line 1: has the column 'ant' twice"),
    ("f,label,split\na.jpg,ant,test\n", "line 2: has 'test' for 'split', expected train or val"),
    ("f,label\na.jpg,ant,bee\n", "line 2: has 3 fields, the header has 2"),
    ("a.jpg,ant\nb.jpg,bee\n", "line 1: names a picture"),
    ("f,split\na.jpg,train\n", "line 1: has no column with classes"), ("f,label\n", "lists no picture"),
  ])
  func badRowsAreNamed(text: String, reason: String) throws {
    let error = #expect(throws: FileError.self) { try pictures(text) }
    #expect(error?.path == folder.path + "/labels.csv")
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
  }
}
