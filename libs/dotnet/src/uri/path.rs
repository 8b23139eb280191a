//! Removal of `.` and `..` segments (RFC 3986 §5.2.4), as `System.Uri` compresses a path.

/// The path without dot segments; `..` at the root goes away.
pub(super) fn compress(path: &str) -> String {
    let Some(rest) = path.strip_prefix('/') else { return path.to_owned() };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_go() {
        let cases = [
            ("/", "/"),
            ("/a/./b", "/a/b"),
            ("/a/b/../c", "/a/c"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/../../x", "/x"),
            ("/a/.", "/a/"),
            ("/a//../b", "/a/b"),
            ("/...", "/..."),
            ("a/../b", "a/../b"),
        ];
        for (path, expected) in cases {
            assert_eq!(compress(path), expected, "{path}");
        }
    }
}
