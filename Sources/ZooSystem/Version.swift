/// The version of these modules and of the program `zoo`.
public let zooVersion = "0.1.0"
