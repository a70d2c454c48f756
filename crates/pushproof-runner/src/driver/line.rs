//! Lines of a bounded length.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line that is read, in bytes.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line, without its end.
    Whole(Vec<u8>),
    /// A line that is longer than [`MAX_LINE`].
    TooLong,
    /// Nothing: the other side is closed.
    End,
}

/// Reads the next line. What stands after the last newline is a line as well.
pub(crate) async fn read_line(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Line> {
    let mut line = Vec::new();
    loop {
        let read = input.fill_buf().await?;
        if read.is_empty() {
            return Ok(if line.is_empty() { Line::End } else { Line::Whole(line) });
        }
        let (part, used, is_whole) = match read.iter().position(|byte| *byte == b'\n') {
            Some(at) => (&read[..at], at + 1, true),
            None => (read, read.len(), false),
        };
        if line.len() + part.len() > MAX_LINE {
            return Ok(Line::TooLong);
        }
        line.extend_from_slice(part);
        input.consume(used);
        if is_whole {
            return Ok(Line::Whole(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::io::BufReader;

    use super::*;

    #[rstest]
    #[case(b"".to_vec(), vec![Line::End])]
    #[case(b"{}\n\nx".to_vec(), vec![Line::Whole(b"{}".to_vec()), Line::Whole(Vec::new()), Line::Whole(b"x".to_vec()), Line::End])]
    #[case(vec![b'x'; MAX_LINE], vec![Line::Whole(vec![b'x'; MAX_LINE]), Line::End])]
    #[case(vec![b'x'; MAX_LINE + 1], vec![Line::TooLong])]
    #[tokio::test]
    async fn lines_are_read_up_to_a_bound(#[case] input: Vec<u8>, #[case] expected: Vec<Line>) {
        let mut input = BufReader::with_capacity(7, &input[..]);
        for line in expected {
            assert_eq!(read_line(&mut input).await.unwrap(), line);
        }
    }
}
