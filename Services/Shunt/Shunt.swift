@main struct Shunt { static func main() {} }
