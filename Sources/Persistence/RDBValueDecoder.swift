/// Reads the value of a key. One case per type that can be represented; each type's reading is in a file of its own.
///
/// A value of one piece is read whole or not at all. A decoder of a type with elements keeps the elements that it has read in its case's
/// payload, calls `input.commit()` after each, and so never reads an element twice, however small the pieces in which bytes arrive.
enum RDBValueDecoder {
  case string(RDBStringDecoder)

  /// nil for a type that does not exist here yet.
  init?(_ type: RDBType) {
    switch type {
    case .string: self = .string(RDBStringDecoder())
    default: return nil
    }
  }

  mutating func decode(_ input: inout RDBInput) throws(RDBStop) -> RDBValue {
    switch self {
    case .string(let decoder): return try decoder.decode(&input)
    }
  }
}
