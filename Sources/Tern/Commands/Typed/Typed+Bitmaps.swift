// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

/// Options of `BITCOUNT`.
public enum BITCOUNT {
  public enum IndexUnit: KeyspaceRequestPart, Hashable, Sendable {
    case byte
    case bit

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .byte: request.token("BYTE")
      case .bit: request.token("BIT")
      }
    }
  }

  public struct Index: KeyspaceRequestPart, Hashable, Sendable {
    public var start: Int
    public var end: Int
    public var indexUnit: IndexUnit?
    public init(start: Int, end: Int, indexUnit: IndexUnit? = nil) {
      self.start = start
      self.end = end
      self.indexUnit = indexUnit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(start)
      request.add(end)
      if let indexUnit { request.add(indexUnit) }
    }
  }
}

/// Options of `BITFIELD`.
public enum BITFIELD {
  public struct EncodingOffset: KeyspaceRequestPart, Hashable, Sendable {
    public var encoding: Bytes
    public var offset: Int
    public init(encoding: some KeyspaceBytes, offset: Int) {
      self.encoding = Bytes(encoding)
      self.offset = offset
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(encoding)
      request.add(offset)
    }
  }

  public enum WrapSatFail: KeyspaceRequestPart, Hashable, Sendable {
    case wrap
    case sat
    case fail

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .wrap: request.token("WRAP")
      case .sat: request.token("SAT")
      case .fail: request.token("FAIL")
      }
    }
  }

  public struct EncodingOffsetValue: KeyspaceRequestPart, Hashable, Sendable {
    public var encoding: Bytes
    public var offset: Int
    public var value: Int
    public init(encoding: some KeyspaceBytes, offset: Int, value: Int) {
      self.encoding = Bytes(encoding)
      self.offset = offset
      self.value = value
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(encoding)
      request.add(offset)
      request.add(value)
    }
  }

  public struct EncodingOffsetIncrement: KeyspaceRequestPart, Hashable, Sendable {
    public var encoding: Bytes
    public var offset: Int
    public var increment: Int
    public init(encoding: some KeyspaceBytes, offset: Int, increment: Int) {
      self.encoding = Bytes(encoding)
      self.offset = offset
      self.increment = increment
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(encoding)
      request.add(offset)
      request.add(increment)
    }
  }

  public enum WriteOperation: KeyspaceRequestPart, Hashable, Sendable {
    case encodingOffsetValue(EncodingOffsetValue)
    case encodingOffsetIncrement(EncodingOffsetIncrement)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .encodingOffsetValue(let value):
        request.token("SET")
        request.add(value)
      case .encodingOffsetIncrement(let value):
        request.token("INCRBY")
        request.add(value)
      }
    }
  }

  public struct Write: KeyspaceRequestPart, Hashable, Sendable {
    public var wrapSatFail: WrapSatFail?
    public var writeOperation: WriteOperation
    public init(wrapSatFail: WrapSatFail? = nil, writeOperation: WriteOperation) {
      self.wrapSatFail = wrapSatFail
      self.writeOperation = writeOperation
    }
    func encode(into request: inout KeyspaceRequest) {
      if let wrapSatFail {
        request.token("OVERFLOW")
        request.add(wrapSatFail)
      }
      request.add(writeOperation)
    }
  }

  public enum Operation: KeyspaceRequestPart, Hashable, Sendable {
    case encodingOffset(EncodingOffset)
    case write(Write)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .encodingOffset(let value):
        request.token("GET")
        request.add(value)
      case .write(let value):
        request.add(value)
      }
    }
  }
}

/// Options of `BITFIELD_RO`.
public enum BITFIELD_RO {
  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var encoding: Bytes
    public var offset: Int
    public init(encoding: some KeyspaceBytes, offset: Int) {
      self.encoding = Bytes(encoding)
      self.offset = offset
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(encoding)
      request.add(offset)
    }
  }
}

/// Options of `BITPOS`.
public enum BITPOS {
  public enum IndexUnit: KeyspaceRequestPart, Hashable, Sendable {
    case byte
    case bit

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .byte: request.token("BYTE")
      case .bit: request.token("BIT")
      }
    }
  }

  public struct EndIndex: KeyspaceRequestPart, Hashable, Sendable {
    public var end: Int
    public var indexUnit: IndexUnit?
    public init(end: Int, indexUnit: IndexUnit? = nil) {
      self.end = end
      self.indexUnit = indexUnit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(end)
      if let indexUnit { request.add(indexUnit) }
    }
  }

  public struct Index: KeyspaceRequestPart, Hashable, Sendable {
    public var start: Int
    public var endIndex: EndIndex?
    public init(start: Int, endIndex: EndIndex? = nil) {
      self.start = start
      self.endIndex = endIndex
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(start)
      if let endIndex { request.add(endIndex) }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Counts the bits that are set in a string, or in a part of it.
  ///
  /// `BITCOUNT`, since Redis 2.6.0. Complexity: O(N) in the bytes looked at.
  public func bitcount(_ key: some KeyspaceBytes, index: BITCOUNT.Index? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("BITCOUNT")
    request.add(key)
    if let index { request.add(index) }
    return try execute(request).asInteger()
  }

  /// Reads integers of any width inside a string.
  ///
  /// `BITFIELD_RO`, since Redis 6.0.0. Complexity: O(1) an operation.
  public func bitfieldRo(_ key: some KeyspaceBytes, data: [BITFIELD_RO.Data] = []) throws(TernError) -> Reply {
    var request = KeyspaceRequest("BITFIELD_RO")
    request.add(key)
    for one in data {
      request.token("GET")
      request.add(one)
    }
    return try execute(request)
  }

  /// Finds the first bit that is set, or clear.
  ///
  /// `BITPOS`, since Redis 2.8.7. Complexity: O(N) in the bytes looked at.
  public func bitpos(_ key: some KeyspaceBytes, bit: Int, index: BITPOS.Index? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("BITPOS")
    request.add(key)
    request.add(bit)
    if let index { request.add(index) }
    return try execute(request).asInteger()
  }

  /// Returns one bit of a string.
  ///
  /// `GETBIT`, since Redis 2.2.0. Complexity: O(1).
  public func getbit(_ key: some KeyspaceBytes, offset: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("GETBIT")
    request.add(key)
    request.add(offset)
    return try execute(request).asInteger()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Reads and writes integers of any width inside a string.
  ///
  /// `BITFIELD`, since Redis 3.2.0. Complexity: O(1) an operation.
  @discardableResult
  public func bitfield(_ key: some KeyspaceBytes, operations: [BITFIELD.Operation] = []) throws(TernError) -> Reply {
    var request = KeyspaceRequest("BITFIELD")
    request.add(key)
    request.add(operations)
    return try execute(request)
  }

  /// Joins strings bit by bit and keeps the result.
  ///
  /// `BITOP`, since Redis 2.6.0. Complexity: O(N) in the bytes of the longest string.
  @discardableResult
  public func bitop(operation: some KeyspaceBytes, destkey: some KeyspaceBytes, keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("BITOP")
    request.add(operation)
    request.add(destkey)
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Sets or clears one bit of a string, and returns what it was.
  ///
  /// `SETBIT`, since Redis 2.2.0. Complexity: O(1).
  @discardableResult
  public func setbit(_ key: some KeyspaceBytes, offset: Int, value: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("SETBIT")
    request.add(key)
    request.add(offset)
    request.add(value)
    return try execute(request).asInteger()
  }
}
