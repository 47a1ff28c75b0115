use proptest::prelude::*;

use super::*;

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Line(Vec<u8>),
    TooLong,
}

fn frames_of(chunks: &[&[u8]], max_line: usize) -> (Vec<Seen>, bool) {
    let mut frames = Frames::new(max_line);
    let mut seen = Vec::new();
    for chunk in chunks {
        frames.push(chunk);
        while let Some(frame) = frames.next() {
            seen.push(match frame {
                Frame::Line(line) => Seen::Line(line.to_vec()),
                Frame::TooLong => Seen::TooLong,
            });
        }
    }
    (seen, frames.inside_line())
}

/// The same by the simplest means: split at each `\n`.
fn expected(bytes: &[u8], max_line: usize) -> (Vec<Seen>, bool) {
    let mut parts: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let rest = parts.pop().unwrap_or_default();
    let mut seen: Vec<Seen> = parts
        .into_iter()
        .map(|part| part.strip_suffix(b"\r").unwrap_or(part))
        .map(|line| if line.len() > max_line { Seen::TooLong } else { Seen::Line(line.to_vec()) })
        .collect();
    if rest.len() > max_line + 1 {
        seen.push(Seen::TooLong);
    }
    (seen, !rest.is_empty())
}

proptest! {
    #[test]
    fn any_bytes_split_at_any_places_give_the_same_frames(
        bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..200),
        cuts in proptest::collection::vec(0usize..200, 0..12),
        max_line in 0usize..12,
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut from = 0;
        let chunks: Vec<&[u8]> = cuts
            .into_iter()
            .map(|to| &bytes[std::mem::replace(&mut from, to)..to])
            .collect();
        prop_assert_eq!(frames_of(&chunks, max_line), expected(&bytes, max_line));
    }
}

#[test]
fn a_line_of_exactly_the_limit_is_taken_with_either_end() {
    let line = vec![b'x'; 65_536];
    for end in [&b"\n"[..], b"\r\n"] {
        let (seen, inside) = frames_of(&[&line, end], 65_536);
        assert_eq!((seen, inside), (vec![Seen::Line(line.clone())], false));
    }
    let (seen, _) = frames_of(&[&line, b"x\r\n"], 65_536);
    assert_eq!(seen, [Seen::TooLong]);
}

#[test]
fn a_line_without_end_is_told_once_and_holds_no_memory() {
    let mut frames = Frames::new(65_536);
    let (mut told, mut most) = (0, 0);
    for _ in 0..6_400 {
        frames.push(&[b'x'; 16_384]);
        while let Some(frame) = frames.next() {
            assert_eq!(frame, Frame::TooLong);
            told += 1;
        }
        most = most.max(frames.capacity());
    }
    assert_eq!(told, 1);
    assert!(most <= 2 * (65_536 + 16_384), "{most} bytes held for a line of 100 MB");
    assert_eq!(frames.capacity(), 0);
    frames.push(b"end\nping\n");
    assert_eq!(frames.next(), Some(Frame::Line(b"ping")));
}
