// The other side of `pack` in component.py.

const ARRAY_TYPES = {
  uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array,
};

// bytes (Uint8Array) -> {header, arrays: {name: typed array}}
export function unpack(bytes) {
  const aligned = bytes.slice(); // the message's own view starts anywhere; typed arrays need multiples of their size
  const length = new DataView(aligned.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(aligned.subarray(4, 4 + length)));
  const arrays = {};
  for (const [name, [offset, type, shape]] of Object.entries(header.arrays)) {
    const size = shape.reduce((product, side) => product * side, 1);
    arrays[name] = new ARRAY_TYPES[type](aligned.buffer, 4 + length + offset, size);
  }
  return { header, arrays };
}
