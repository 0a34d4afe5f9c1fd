//! Packs, written in one pass: every object is whole, or a difference from one that is known beforehand. Nothing is
//! searched and nothing is compressed: what a permutation changes is small, and its difference is smaller.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::{Checksum, Id, Kind, rows};

/// Length of the first part of a pack, which says how many objects follow.
pub(crate) const HEADER_BYTES: u64 = 12;
/// A copy of fewer bytes is not worth its instruction.
const LEAST_COPY: usize = 8;
const MOST_COPY: usize = 0xffff;
const MOST_INSERT: usize = 0x7f;
const MOST_STORED: usize = 0xffff;
const OFS_DELTA: u8 = 6;

/// An object from which others differ a little.
pub(crate) struct Base {
    kind: Kind,
    id: Id,
    content: Arc<[u8]>,
    /// Where lines or rows of the content end.
    ends: Vec<usize>,
    /// Where each of them begins, by its hash.
    places: HashMap<u64, usize>,
}

impl Base {
    /// Makes ready to tell differences from an object.
    pub(crate) fn new(kind: Kind, id: Id, content: Arc<[u8]>) -> Self {
        let ends = ends_of_pieces(kind, &content);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut places = HashMap::with_capacity(ends.len());
        for (start, end) in starts.zip(&ends) {
            places.entry(fingerprint(content.get(start..*end).unwrap_or_default())).or_insert(start);
        }
        Self { kind, id, content, ends, places }
    }

    /// The instructions that make another content of this one.
    fn delta(&self, target: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        variable(self.content.len(), &mut out);
        variable(target.len(), &mut out);
        let ends = ends_of_pieces(self.kind, target);
        let (mut at, mut inserted, mut guess) = (0, 0, 0);
        while at < target.len() {
            let rest = target.get(at..).unwrap_or_default();
            let end = after(&ends, at).unwrap_or(target.len());
            let (mut from, mut length) = (guess, self.common(guess, rest));
            if length < LEAST_COPY
                && let Some(&place) = self.places.get(&fingerprint(target.get(at..end).unwrap_or_default()))
            {
                (from, length) = (place, self.common(place, rest));
            }
            if length < LEAST_COPY {
                at = end;
                guess = after(&self.ends, guess).unwrap_or(self.content.len());
                continue;
            }
            insert(target.get(inserted..at).unwrap_or_default(), &mut out);
            copy(from, length, &mut out);
            at += length;
            inserted = at;
            guess = from + length;
        }
        insert(target.get(inserted..).unwrap_or_default(), &mut out);
        out
    }

    /// How many bytes from a place of this content are those of another.
    fn common(&self, place: usize, other: &[u8]) -> usize {
        const STEP: usize = 32;
        let here = self.content.get(place..).unwrap_or_default();
        let steps = here.chunks_exact(STEP).zip(other.chunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
        let ends = here.iter().skip(steps).zip(other.iter().skip(steps));
        steps + ends.take_while(|(a, b)| a == b).count()
    }
}

/// Where the parts of a content end that change as one: rows of a tree, lines of everything else.
fn ends_of_pieces(kind: Kind, content: &[u8]) -> Vec<usize> {
    if kind == Kind::Tree {
        return rows(content, Id::BYTES).map(|row| row.end).collect();
    }
    content.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect()
}

fn after(ends: &[usize], at: usize) -> Option<usize> {
    ends.get(ends.partition_point(|end| *end <= at)).copied()
}

/// FNV-1a: whether it is right is seen when bytes are compared.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The lowest byte of a number.
const fn low(value: usize) -> u8 {
    (value & 0xff) as u8
}

fn variable(mut value: usize, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(low(value) | 0x80);
        value >>= 7;
    }
    out.push(low(value));
}

fn insert(bytes: &[u8], out: &mut Vec<u8>) {
    for part in bytes.chunks(MOST_INSERT) {
        out.push(low(part.len()));
        out.extend_from_slice(part);
    }
}

fn copy(mut from: usize, mut length: usize, out: &mut Vec<u8>) {
    while length > 0 {
        let part = length.min(MOST_COPY);
        let instruction = out.len();
        let mut present = 0x80;
        out.push(present);
        let bytes = [from, from >> 8, from >> 16, from >> 24, part, part >> 8];
        for (bit, byte) in bytes.into_iter().enumerate().filter(|(_, byte)| low(*byte) != 0) {
            present |= 1 << bit;
            out.push(low(byte));
        }
        if let Some(place) = out.get_mut(instruction) {
            *place = present;
        }
        from += part;
        length -= part;
    }
}

/// A pack in the making.
pub(crate) struct PackWriter {
    /// Bytes that nobody has taken yet.
    fresh: Vec<u8>,
    /// How many were taken.
    taken: u64,
    /// Every object: where it begins, and the checksum of its bytes.
    objects: HashMap<Id, (u64, u32)>,
}

impl PackWriter {
    /// A pack without objects. Its first [`HEADER_BYTES`] are to be replaced by [`header`] in the end.
    pub(crate) fn new() -> Self {
        Self { fresh: header(0).to_vec(), taken: 0, objects: HashMap::new() }
    }

    /// Whether an object is in it.
    pub(crate) fn has(&self, id: Id) -> bool {
        self.objects.contains_key(&id)
    }

    /// How many objects it has.
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// How many bytes wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.fresh.len()
    }

    /// Writes the bytes that follow those that were written before.
    ///
    /// # Errors
    /// What the file says; it may have a part of them then.
    pub(crate) fn write_to(&mut self, mut file: impl Write) -> io::Result<()> {
        file.write_all(&self.fresh)?;
        self.taken += self.fresh.len() as u64;
        self.fresh.clear();
        Ok(())
    }

    /// Adds an object, once; as its difference from another where that is shorter. The other comes into the pack too.
    pub(crate) fn add(&mut self, kind: Kind, id: Id, content: &[u8], base: Option<&Base>) {
        if self.has(id) {
            return;
        }
        if let Some(base) = base.filter(|base| base.id != id && base.content.len() <= u32::MAX as usize) {
            let delta = base.delta(content);
            if delta.len() < content.len() - content.len() / 4 {
                let from = match self.objects.get(&base.id) {
                    Some((from, _)) => *from,
                    None => self.append(base.id, code(base.kind), &base.content, None),
                };
                self.append(id, OFS_DELTA, &delta, Some(from));
                return;
            }
        }
        self.append(id, code(kind), content, None);
    }

    fn append(&mut self, id: Id, code: u8, content: &[u8], from: Option<u64>) -> u64 {
        let offset = self.taken + self.fresh.len() as u64;
        let start = self.fresh.len();
        let (first, rest) = (low(content.len()) & 15, content.len() >> 4);
        self.fresh.push(code << 4 | first | if rest > 0 { 0x80 } else { 0 });
        if rest > 0 {
            variable(rest, &mut self.fresh);
        }
        if let Some(from) = from {
            backwards(offset - from, &mut self.fresh);
        }
        store(content, &mut self.fresh);
        let checksum = crc32(self.fresh.get(start..).unwrap_or_default());
        self.objects.insert(id, (offset, checksum));
        offset
    }

    /// The bytes of the index of the pack, which has this checksum.
    pub(crate) fn index(self, pack: Id) -> Vec<u8> {
        let mut objects: Vec<(Id, (u64, u32))> = self.objects.into_iter().collect();
        objects.sort_unstable_by_key(|(id, _)| *id);
        let mut out = Vec::with_capacity(1100 + objects.len() * 28);
        out.extend_from_slice(b"\xfftOc\0\0\0\x02");
        let mut count = 0_usize;
        for first in 0..=u8::MAX {
            count += objects
                .get(count..)
                .unwrap_or_default()
                .iter()
                .take_while(|(id, _)| id.0.first() == Some(&first))
                .count();
            out.extend_from_slice(&(count as u32).to_be_bytes());
        }
        objects.iter().for_each(|(id, _)| out.extend_from_slice(id.bytes()));
        objects.iter().for_each(|(_, (_, checksum))| out.extend_from_slice(&checksum.to_be_bytes()));
        let mut far: Vec<u64> = Vec::new();
        for (_, (offset, _)) in &objects {
            let near = u32::try_from(*offset).ok().filter(|near| near >> 31 == 0).unwrap_or_else(|| {
                far.push(*offset);
                1 << 31 | (far.len() - 1) as u32
            });
            out.extend_from_slice(&near.to_be_bytes());
        }
        far.iter().for_each(|offset| out.extend_from_slice(&offset.to_be_bytes()));
        out.extend_from_slice(pack.bytes());
        let mut checksum = Checksum::default();
        checksum.update(&out);
        out.extend_from_slice(checksum.finish().bytes());
        out
    }
}

/// The first bytes of a pack of so many objects.
pub(crate) fn header(objects: usize) -> [u8; HEADER_BYTES as usize] {
    let mut header = *b"PACK\0\0\0\x02\0\0\0\0";
    for (place, byte) in header.iter_mut().skip(8).zip((objects as u32).to_be_bytes()) {
        *place = byte;
    }
    header
}

const fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    }
}

/// How far back the base of a difference begins.
fn backwards(mut distance: u64, out: &mut Vec<u8>) {
    let mut digits = vec![(distance & 0x7f) as u8];
    while distance > 0x7f {
        distance = (distance >> 7) - 1;
        digits.push((distance & 0x7f) as u8 | 0x80);
    }
    out.extend(digits.iter().rev());
}

/// The bytes in the form of zlib, as they are.
fn store(content: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x78, 0x01]);
    let mut rest = content;
    loop {
        let (part, more) = rest.split_at(rest.len().min(MOST_STORED));
        let length = [low(part.len()), low(part.len() >> 8)];
        out.push(u8::from(more.is_empty()));
        out.extend_from_slice(&length);
        out.extend(length.map(|byte| !byte));
        out.extend_from_slice(part);
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    out.extend_from_slice(&adler32(content).to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    // So many bytes cannot overflow the sums.
    const UNTIL_OVERFLOW: usize = 5552;
    const MODULUS: u32 = 65521;
    let (mut a, mut b) = (1_u32, 0_u32);
    for part in bytes.chunks(UNTIL_OVERFLOW) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}

/// For each byte, and for each byte that one to seven more follow.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which would refuse")]
static CRC: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut number = 0;
    while number < 256 {
        let mut value = number as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        tables[0][number] = value;
        number += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut number = 0;
        while number < 256 {
            let before = tables[table - 1][number];
            tables[table][number] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            number += 1;
        }
        table += 1;
    }
    tables
};

#[allow(clippy::indexing_slicing, reason = "a byte is less than 256")]
fn crc32(bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &CRC;
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut crc = u32::MAX;
    for [a, b, c, d, e, f, g, h] in eights {
        let [a, b, c, d] = (crc ^ u32::from_le_bytes([*a, *b, *c, *d])).to_le_bytes().map(usize::from);
        let [e, f, g, h] = [*e, *f, *g, *h].map(usize::from);
        crc = t7[a] ^ t6[b] ^ t5[c] ^ t4[d] ^ t3[e] ^ t2[f] ^ t1[g] ^ t0[h];
    }
    for byte in rest {
        crc = crc >> 8 ^ t0[usize::from(low(crc as usize) ^ byte)];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_changed_line_costs_little() {
        let line = |number: usize| format!("key-{number}: some value of it\n");
        let text: String = (0..200).map(line).collect();
        let other = text.replace("key-7: some", "key-7: another").replace("key-150:", "new-line: 1\nkey-150:");
        let base = Base::new(Kind::Blob, super::super::hash(Kind::Blob, text.as_bytes()), text.as_bytes().into());
        let delta = base.delta(other.as_bytes());
        assert!(delta.len() < 80, "{} bytes", delta.len());
    }
}
