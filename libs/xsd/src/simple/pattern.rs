//! The `pattern` facet: regular expressions of XML Schema (part 2, appendix F), translated for a matcher that takes linear time.

use postern_dotnet::Text;
use regex::{Regex, RegexBuilder};

use super::blocks;
use crate::limits;

/// The alternatives of one step of restriction.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<Regex>);

const NAME_START: &str = r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}";
const NAME_MORE: &str = r"\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}";

impl Pattern {
    /// Any of these must match; the error says what is wrong with one.
    pub(crate) fn new(patterns: &[Text]) -> Result<Pattern, String> {
        let compiled = patterns.iter().map(|pattern| {
            let translated = Translator::translate(pattern)?;
            RegexBuilder::new(&translated).size_limit(limits::PATTERN_BYTES_MAX).build().map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => format!("`{pattern}` is too large"),
                _ => format!("`{pattern}` is not a pattern"),
            })
        });
        compiled.collect::<Result<Vec<Regex>, String>>().map(Pattern)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.iter().any(|regex| regex.is_match(text))
    }
}

struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    pattern: &'p str,
    out: String,
    depth: usize,
}

impl<'p> Translator<'p> {
    fn translate(pattern: &'p str) -> Result<String, String> {
        let out = String::from("^(?:");
        let mut translator = Translator { rest: pattern.chars().peekable(), pattern, out, depth: 0 };
        translator.expression()?;
        translator.out.push_str(")$");
        Ok(translator.out)
    }

    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("`{}`: {what}", self.pattern))
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
    }

    fn expression(&mut self) -> Result<(), String> {
        // What a quantifier may stand behind.
        let mut has_atom = false;
        while let Some(c) = self.rest.next() {
            let is_atom = match c {
                '(' => {
                    self.depth += 1;
                    if self.depth > limits::PATTERN_DEPTH_MAX {
                        return self.wrong("too many parentheses within each other");
                    }
                    if self.rest.peek() == Some(&'?') {
                        return self.wrong("a quantifier without anything before it");
                    }
                    self.out.push_str("(?:");
                    false
                }
                ')' => {
                    let Some(depth) = self.depth.checked_sub(1) else { return self.wrong("too many )'s") };
                    self.depth = depth;
                    self.out.push(')');
                    true
                }
                '|' => {
                    self.out.push('|');
                    false
                }
                '.' => {
                    self.out.push_str(r"[^\n\r]");
                    true
                }
                '[' => {
                    self.class(0)?;
                    true
                }
                '\\' => {
                    let escape = self.escape()?;
                    self.out.push_str(&escape);
                    true
                }
                '?' | '*' | '+' | '{' => {
                    if !has_atom {
                        return self.wrong("a quantifier without anything before it");
                    }
                    self.quantifier(c)?;
                    false
                }
                ']' | '}' => return self.wrong("a bracket without its opening one"),
                c => {
                    self.literal(c);
                    true
                }
            };
            has_atom = is_atom;
        }
        if self.depth > 0 { self.wrong("Not enough )'s") } else { Ok(()) }
    }

    fn quantifier(&mut self, first: char) -> Result<(), String> {
        self.out.push(first);
        if first != '{' {
            return Ok(());
        }
        let mut inside = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if c.is_ascii_digit() || c == ',' => inside.push(c),
                _ => return self.wrong("a quantifier that is none"),
            }
        }
        let (min, max) = inside.split_once(',').unwrap_or((&inside, &inside));
        let number = |text: &str| text.parse::<u32>().ok();
        let is_good = number(min).is_some_and(|min| max.is_empty() || number(max).is_some_and(|max| min <= max));
        if !is_good {
            return self.wrong("a quantifier that is none");
        }
        self.out.push_str(&inside);
        self.out.push('}');
        Ok(())
    }

    /// What an escape stands for: something that can also stand inside a class.
    fn escape(&mut self) -> Result<String, String> {
        let Some(c) = self.rest.next() else { return self.wrong("it ends with a backslash") };
        Ok(match c {
            'n' | 'r' | 't' => format!("\\{c}"),
            's' => r"[\ \t\n\r]".to_owned(),
            'S' => r"[^\ \t\n\r]".to_owned(),
            'd' => r"\p{Nd}".to_owned(),
            'D' => r"\P{Nd}".to_owned(),
            'w' => r"[^\p{P}\p{Z}\p{C}]".to_owned(),
            'W' => r"[\p{P}\p{Z}\p{C}]".to_owned(),
            'i' => format!("[{NAME_START}]"),
            'I' => format!("[^{NAME_START}]"),
            'c' => format!("[{NAME_START}{NAME_MORE}]"),
            'C' => format!("[^{NAME_START}{NAME_MORE}]"),
            'p' | 'P' => self.category(c)?,
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']' => {
                format!("\\x{{{:X}}}", u32::from(c))
            }
            // .NET takes an escape of what needs none for the character.
            c if !c.is_alphanumeric() => format!("\\x{{{:X}}}", u32::from(c)),
            _ => return self.wrong(&format!("\\{c} is no escape")),
        })
    }

    fn category(&mut self, kind: char) -> Result<String, String> {
        if self.rest.next() != Some('{') {
            return self.wrong("a category without its name");
        }
        let name: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
        let not = if kind == 'P' { "^" } else { "" };
        if let Some(block) = name.strip_prefix("Is") {
            let Some((first, last)) = blocks::range(block) else {
                return self.wrong(&format!("the block {name} is not known"));
            };
            return Ok(format!("[{not}\\x{{{first:X}}}-\\x{{{last:X}}}]"));
        }
        let is_known = matches!(
            name.as_str(),
            "L" | "Lu"
                | "Ll"
                | "Lt"
                | "Lm"
                | "Lo"
                | "M"
                | "Mn"
                | "Mc"
                | "Me"
                | "N"
                | "Nd"
                | "Nl"
                | "No"
                | "P"
                | "Pc"
                | "Pd"
                | "Ps"
                | "Pe"
                | "Pi"
                | "Pf"
                | "Po"
                | "Z"
                | "Zs"
                | "Zl"
                | "Zp"
                | "S"
                | "Sm"
                | "Sc"
                | "Sk"
                | "So"
                | "C"
                | "Cc"
                | "Cf"
                | "Co"
                | "Cn"
                | "Cs"
        );
        if !is_known {
            return self.wrong(&format!("the category {name} is not known"));
        }
        // A text of UTF-8 has no surrogates.
        if name == "Cs" {
            return Ok(if kind == 'P' { r"[\x{0}-\x{10FFFF}]" } else { r"[^\x{0}-\x{10FFFF}]" }.to_owned());
        }
        Ok(format!("\\{kind}{{{name}}}"))
    }

    /// A class; its `[` has been read.
    fn class(&mut self, depth: usize) -> Result<(), String> {
        if depth > limits::PATTERN_DEPTH_MAX {
            return self.wrong("too many classes within each other");
        }
        let start = self.out.len();
        self.out.push('[');
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        if is_negated {
            self.out.push('^');
        }
        let mut is_empty = true;
        // The character that a range may begin with.
        let mut last: Option<char> = None;
        loop {
            let Some(c) = self.rest.next() else { return self.wrong("a class without its end") };
            match c {
                ']' if is_empty => return self.wrong("an empty class"),
                ']' => break,
                '[' => return self.wrong("a bracket inside a class"),
                '-' if self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    // The negation is of what stands before the subtraction only.
                    if is_negated {
                        self.out.insert(start, '[');
                        self.out.push(']');
                    }
                    self.out.push_str("--");
                    self.class(depth + 1)?;
                    if self.rest.next() != Some(']') {
                        return self.wrong("something behind a subtraction");
                    }
                    break;
                }
                '-' if last.is_some() && self.rest.peek().is_some_and(|next| *next != ']') => {
                    let end = self.range_end()?;
                    if last.is_some_and(|start| start > end) {
                        return self.wrong("a range in reverse order");
                    }
                    self.out.push('-');
                    self.literal(end);
                    last = None;
                }
                '\\' => last = self.class_escape()?,
                c => {
                    self.literal(c);
                    last = Some(c);
                }
            }
            is_empty = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn class_escape(&mut self) -> Result<Option<char>, String> {
        let next = self.rest.peek().copied();
        let escape = self.escape()?;
        self.out.push_str(&escape);
        Ok(match next {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some(c) if !c.is_alphanumeric() => Some(c),
            _ => None,
        })
    }

    fn range_end(&mut self) -> Result<char, String> {
        match self.rest.next() {
            Some('\\') => match self.rest.next() {
                Some('n') => Ok('\n'),
                Some('r') => Ok('\r'),
                Some('t') => Ok('\t'),
                Some(c) if !c.is_alphanumeric() => Ok(c),
                _ => self.wrong("a range that ends with a class"),
            },
            Some(c) if c != '[' => Ok(c),
            _ => self.wrong("a range without its end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_xml_schema_says() {
        for (pattern, good, wrong) in [
            ("a|b", &["a", "b"][..], &["ab", "", "xa"][..]),
            (r"\d{3}-\d{2}", &["123-45"], &["123-456", "a123-45"]),
            ("[a-z-[aeiou]]+", &["bcd"], &["bad"]),
            ("[^a-z-[0-9]]", &["A"], &["a", "5"]),
            (r"\i\c*", &["_a-1", "a:b"], &["1a", "-"]),
            ("^a$", &["^a$"], &["a"]),
            (".*", &["", "x y"], &["a\nb"]),
            (r"[\-+.]?[0-9]+", &["-1", "+1", ".5", "7"], &["*1"]),
            (r"\p{Lu}\p{IsBasicLatin}*", &["Abc"], &["abc", "Aé"]),
            (r"\P{L}", &["1"], &["a"]),
            ("[a&&b]", &["&", "a", "b"], &["c"]),
            ("[~#--]", &["~", "-", "#"], &["a"]),
            ("[+-]", &["+", "-"], &["."]),
            (r"[\w-]+", &["a-b"], &["a b"]),
            ("a{0,2}", &["", "aa"], &["aaa"]),
            ("", &[""], &["a"]),
            ("(?a)", &[], &[]),
        ] {
            let Ok(compiled) = Pattern::new(&[Text::new(pattern)]) else {
                assert!(good.is_empty(), "{pattern}");
                continue;
            };
            for text in good {
                assert!(compiled.is_match(text), "{pattern} {text}");
            }
            for text in wrong {
                assert!(!compiled.is_match(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let deep = "(".repeat(5000);
        let big = "(a{1000}){1000}{1000}".to_owned();
        let large = r"(\p{L}{1000}){1000}".to_owned();
        for pattern in [
            "(",
            ")",
            "*a",
            "a**",
            "[",
            "[]",
            "[z-a]",
            "a{2,1}",
            "a{,2}",
            r"\q",
            r"\p{X}",
            r"\p{IsNothing}",
            "[a[b]]",
            "a\\",
            &deep,
            &big,
            &large,
        ] {
            assert!(Pattern::new(&[Text::new(pattern)]).is_err(), "{pattern}");
        }
    }
}
