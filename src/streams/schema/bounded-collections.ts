/**
 * avsc reads as many items as a block says that it has, past the end of the bytes as well: thirty bytes that announce 2^40 entries of a map keep it
 * busy for hours, or until the memory is gone. Here arrays and maps end where the bytes do. An item takes a byte at least.
 */
import avro from 'avsc';

/** What is used of avsc's reader; beyond the end it reads nothing and moves on. */
interface Tap {
  pos: number;
  readonly buf: Uint8Array;
  readLong(): number;
  readString(): string;
  skipString(): void;
}
interface Item {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

class BoundedArray extends avro.types.ArrayType {
  _read(this: { readonly itemsType: Item }, tap: Tap): unknown[] {
    const items: unknown[] = [];
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        items.push(this.itemsType._read(tap));
        checkEnd(tap);
      }
    }
    return items;
  }

  _skip(this: { readonly itemsType: Item }, tap: Tap): void {
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        this.itemsType._skip(tap);
        checkEnd(tap);
      }
    }
  }
}

class BoundedMap extends avro.types.MapType {
  _read(this: { readonly valuesType: Item }, tap: Tap): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        const key = tap.readString();
        checkEnd(tap);
        values[key] = this.valuesType._read(tap);
        checkEnd(tap);
      }
    }
    return values;
  }

  _skip(this: { readonly valuesType: Item }, tap: Tap): void {
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        tap.skipString();
        this.valuesType._skip(tap);
        checkEnd(tap);
      }
    }
  }
}

/** For avsc's `typeHook`. */
export function boundedCollection(schema: unknown, options: object): avro.Type | undefined {
  const type = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : null;
  if (type === 'array') return new BoundedArray(schema as avro.Schema, options);
  return type === 'map' ? new BoundedMap(schema as avro.Schema, options) : undefined;
}

/** Number of items in the next block; 0: there is none. */
function blockOf(tap: Tap): number {
  let n = tap.readLong();
  if (n < 0) {
    n = -n;
    tap.readLong(); // its bytes: told to those who skip it, and not believed
  }
  const left = tap.buf.length - tap.pos;
  if (n <= left) return n;
  throw new RangeError(`a block of ${n} items in ${Math.max(0, left)} bytes; valid is one a byte at most`);
}

function checkEnd(tap: Tap): void {
  if (tap.pos > tap.buf.length) throw new RangeError('truncated buffer');
}
