struct RDBStringDecoder {
  func decode(_ input: inout RDBInput) throws(RDBStop) -> RDBValue { try input.string() }
}
