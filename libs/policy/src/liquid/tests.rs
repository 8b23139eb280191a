//! What DotLiquid's documentation and source say templates make.

use std::rc::Rc;

use postern_dotnet::date::DateTime;
use postern_dotnet::work::{Paced, Work, in_one_go};

use super::{Data, Template};

fn render(template: &str) -> Result<String, String> {
    let item =
        |name: &str, price: i64| Data::members(vec![("name", Data::text(name)), ("price", Data::Integer(price))]);
    let items = Data::list(vec![item("b", 3), item("a", 10), item("c", 7)]);
    let root =
        Data::members(vec![("items", items), ("text", Data::text("Hello World")), ("none", Data::list(Vec::new()))]);
    let template = Rc::new(Template::parse(template)?);
    let now = DateTime::from_date(2024, 5, 1).unwrap();
    let work = || {
        let (template, root) = (Rc::clone(&template), root.clone());
        Paced::new(|pace| async move { template.render(pace, &root, now).await })
    };
    let made = in_one_go(work());
    // In pieces it comes to the same.
    let mut pieces = work();
    let in_pieces = loop {
        if let Some(made) = pieces.step(&mut 1) {
            break made;
        }
    };
    assert_eq!(in_pieces, made);
    made
}

fn all(cases: &[(&str, &str)]) {
    for (template, made) in cases {
        assert_eq!(render(template).as_deref(), Ok(*made), "{template}");
    }
}

#[test]
fn tags_do_what_they_say() {
    all(&[
        ("a {{ text }} b", "a Hello World b"),
        ("{% assign x = items[1].price | Plus: 1 %}{{ x }}", "11"),
        ("{% capture x %}<{{ text }}>{% endcapture %}{{ x }}{{ x }}", "<Hello World><Hello World>"),
        ("{% if items.size > 2 and text contains 'World' %}y{% else %}n{% endif %}", "y"),
        ("{% if text == 'x' %}1{% elsif text != 'y' %}2{% else %}3{% endif %}", "2"),
        ("{% unless text %}1{% else %}2{% endunless %}", "2"),
        ("{% if none == empty %}e{% endif %}{% if missing == nil %}n{% endif %}{% if '' %}t{% endif %}", "ent"),
        ("{% case text %}{% when 'a', 'Hello World' %}1{% else %}2{% endcase %}", "1"),
        ("{% case 3 %}{% when 1 or 2 %}1{% else %}2{% endcase %}", "2"),
        (
            "{% for i in items %}{{ forloop.index }}{{ i.name }}{% unless forloop.last %},{% endunless %}{% endfor %}",
            "1b,2a,3c",
        ),
        ("{% for i in items reversed limit:2 offset:1 %}{{ i.name }}{{ forloop.Rindex0 }}{% endfor %}", "c1a0"),
        ("{% for i in none %}x{% else %}empty{% endfor %}", "empty"),
        (
            "{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
            "13",
        ),
        ("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% endfor %}", "aba"),
        (
            "[{% JSONArrayFor i in items %}{\"n\":\"{{ i.name }}\"}{% endJSONArrayFor %}]",
            "[{\"n\":\"b\"},{\"n\":\"a\"},{\"n\":\"c\"}]",
        ),
        ("{% increment n %}{% increment n %}{% decrement m %}", "01-1"),
        ("a{% comment %}{{ x }}{% if %}{% endcomment %}b", "ab"),
        ("{% raw %}{{ a }}{% b %}{% endraw %}c", "{{ a }}{% b %}c"),
        ("{% literal %}{{ a }}{% if %}{% endliteral %}c", "{{ a }}{% if %}c"),
        ("{% for i in items %}{% ifchanged %}{{ i.name.size }}{% endifchanged %}{% endfor %}", "1"),
        ("{% for i in (1..4) %}{% ifchanged %}{{ i | DividedBy: 2 }}{% endifchanged %}{% endfor %}", "012"),
        (
            "{% tablerow i in items cols:2 %}{{ i.name }}{{ tablerowloop.col }}{% endtablerow %}",
            "<tr class=\"row1\">\n<td class=\"col1\">b1</td><td class=\"col2\">a2</td></tr>\n<tr class=\"row2\"><td class=\"col1\">c1</td></tr>\n",
        ),
        (
            "{% tablerow i in (1..9) cols:3 limit:3 offset:2 %}{{ i }}{% if tablerowloop.col_last %}!{% endif %}{% endtablerow %}",
            "<tr class=\"row1\">\n<td class=\"col1\">3</td><td class=\"col2\">4</td><td class=\"col3\">5!</td></tr>\n",
        ),
        ("{% tablerow i in none cols:3 %}{% endtablerow %}", "<tr class=\"row1\">\n</tr>\n"),
        ("a{% tablerow i in missing cols:3 %}{% endtablerow %}", "a"),
        ("a \n {%- if true -%} \n b {%- endif %} c", "ab c"),
        ("x  {{- text -}}  y", "xHello Worldy"),
        ("{{ 'a}}b' }}", "a}}b"),
    ]);
}

#[test]
fn filters_do_what_they_say() {
    all(&[
        ("{{ text | Upcase }}{{ text | downcase }}{{ 'title case' | Capitalize }}", "HELLO WORLDhello worldTitle Case"),
        (
            "{{ -5 | Abs }} {{ 3 | AtLeast: 5 }} {{ 9 | AtMost: 5 }} {{ 4.6 | Round }} {{ 2.345 | Round: 1 }}",
            "5 5 5 5 2.3",
        ),
        (
            "{{ 7 | DividedBy: 2 }} {{ 7.0 | DividedBy: 2 }} {{ 7 | Modulo: 4 }} {{ 2 | Times: 3 }} {{ 2 | Minus: 5 }}",
            "3 3.5 3 6 -3",
        ),
        ("{{ '1' | Plus: 2 }} {{ 'ab' | Times: 2 }} {{ 1 | plus: 2 }}", "12 abab 3"),
        ("{{ 'b' | Append: 'c' | Prepend: 'a' }}", "abc"),
        ("{{ missing | Default: 'd' }}{{ '' | Default: 'e' }}{{ 'x' | Default: 'f' }}", "dex"),
        ("{{ items | Map: 'name' | Join: '-' }} {{ items | Sort: 'price' | Map: 'name' | Join }}", "b-a-c b c a"),
        ("{{ 'a,b,,a' | Split: ',' | Uniq | Join: '+' }} {{ 'abc' | Size }} {{ items | Size }}", "a+b 3 3"),
        ("{{ 'a,b' | Split: ',' | First }}{{ 'a,b' | Split: ',' | Last }}", "ab"),
        ("{{ 'hello' | Slice: 1, 3 }} {{ 'hello' | Slice: -2, 2 }} {{ 'hello' | Slice: 1 }}", "ell lo e"),
        (
            "{{ '<a href=\"x\">&</a>' | Escape }} {{ '<b>x</b>' | StripHtml }}",
            "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt; x",
        ),
        ("[{{ ' x ' | Strip }}][{{ ' x ' | Lstrip }}][{{ ' x ' | Rstrip }}]", "[x][x ][ x]"),
        (
            "{{ 'a-b-a' | Replace: 'a', 'x' }} {{ 'aba' | ReplaceFirst: 'a', 'x' }} {{ 'aba' | Remove: 'a' }} {{ 'aba' | RemoveFirst: 'a' }}",
            "x-b-x xba b ba",
        ),
        (
            "{{ text | Truncate: 8 }} {{ 'a b c' | TruncateWords: 2 }} {{ text | Truncate: 6, '' }}",
            "Hello... a b... Hello ",
        ),
        ("{{ 'a b&c' | UrlEncode }} {{ 'a+b%26' | UrlDecode }}", "a+b%26c a b&"),
        (
            "{{ '2024-01-02' | Date: 'dd.MM.yyyy' }} {{ 'now' | Date: 'yyyy' }} {{ 'no date' | Date: 'yyyy' }}",
            "02.01.2024 2024 no date",
        ),
        ("{{ 1234.5 | Currency }} {{ 'a' | Unknown }}", "¤1,234.50 a"),
        ("{{ 'a\nb' | NewlineToBr }}|{{ 'a\nb' | StripNewlines }}", "a<br />\nb|ab"),
    ]);
}

#[test]
fn what_dotliquid_passes_over_is_passed_over() {
    all(&[
        (
            "{{ text == 200 }}|{{ text + 1 }}|{{ text && none }}|{{ text none }}|{{ text ? 'a' : 'b' }}",
            "Hello World|Hello World|Hello World|Hello World|Hello World",
        ),
        ("{\"a\": {{{ text }}}}", "{\"a\": Hello World}}"),
        (
            "{{ text.ToString() }}|{{ $text }}|{{ items[0].$name }}|{{ text. }}|{{ }}|{{ + }}",
            "|Hello World|b|Hello World||",
        ),
        (
            "{{ text | }}|{{ text | Upcase foo }}|{{ text | Replace: 'l' 'L' | Size }}|{{ text + 1 | Upcase }}",
            "Hello World|HELLO WORLD|8|HELLO WORLD",
        ),
        ("{% if text == 'Hello World' && 1 == 2 %}y{% endif %}{% if (text) and (none) %}z{% endif %}", "yz"),
        ("{% if missing == %}y{% endif %}{% if text ! %}n{% endif %}", "yn"),
        ("{% assign x = 3 + 1 %}{{ x }}{% case 1 + 1 %}{% when 1 ! %}one{% endcase %}", "3one"),
        (
            "{% for i in items | Sort: 'name' %}{{ i.name }}{% endfor %}{% for i in items cols:2 %}{{ i.name }}{% endfor %}",
            "bacbac",
        ),
        ("{% for i in items, limit: 1 %}{{ i.name }}{% endfor %}", "b"),
    ]);
}

#[test]
fn wrong_templates_are_refused() {
    for template in [
        "{% if a = 1 %}{% endif %}",
        "{% if a is b %}{% endif %}",
        "{% if %}{% endif %}",
        "{{ a",
        "{% if a %}",
        "{% endif %}",
        "{% nonsense %}",
        "{% for a of b %}{% endfor %}",
        "{% raw %}",
        "{% literal %}{% endraw %}",
        "{% ifchanged %}",
        "{% tablerow a in b %}{% endtablerow %}",
        "{{ 'a }}",
        "{% assign = 3 %}",
        "{% comment %}",
    ] {
        assert!(Template::parse(template).is_err(), "{template}");
    }
    let deep = format!("{}{}", "{% if a %}".repeat(100), "{% endif %}".repeat(100));
    assert!(Template::parse(&deep).is_err());
    let deep = format!("{{{{ {}1{} }}}}", "a[".repeat(1000), "]".repeat(1000));
    assert!(Template::parse(&deep).is_err());
    let long = format!("{{% if {} %}}{{% endif %}}", vec!["a"; 1000].join(" or "));
    assert!(Template::parse(&long).is_err());
}

/// What mangled templates are made of, separated by `~`.
const PIECES: &str = "{{~}}~{%~%}~{%-~-}}~-~'~\"~|~:~,~.~..~[~]~(~)~==~<~ ~é~1~-7~99999999999999999999~text~items~if ~endif~for ~ in ~endfor~tablerow ~cols:~endtablerow~ifchanged~endifchanged~literal~else~\
                      case ~when ~endcase~raw~endraw~assign ~=~cycle ~Slice~Round~Truncate~Times~Date~Split~Sort~Plus~DividedBy~\n~x~nil~\
                      reversed~limit~offset";

#[test]
fn no_template_makes_it_panic() {
    let pieces: Vec<&str> = PIECES.split('~').collect();
    let mut state = 0x2545_f491_u64;
    for _ in 0..20_000 {
        let mut template = String::new();
        for _ in 0..12 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            template.push_str(pieces[usize::try_from(state % pieces.len() as u64).unwrap()]);
        }
        let _ = render(&template);
        let _ = render(&format!("{{{{ {template} }}}}"));
        let _ = render(&format!("{{{{ text | {template} }}}}{{% if {template} %}}{{% endif %}}"));
    }
}

#[test]
fn rendering_ends() {
    for template in [
        "{% for a in (1..90000) %}{% for b in (1..90000) %}{% endfor %}{% endfor %}",
        "{% for a in (1..1000000000) %}{% endfor %}",
        "{{ 'a' | Times: 9000000000000 }}",
        "{% assign x = 'aaaaaaaaaa' %}{% for a in (1..60) %}{% assign x = x | Append: x %}{% endfor %}",
        "{% for a in (1..60) %}{% capture x %}{{ x }}{{ x }}aaaaaaaaaa{% endcapture %}{% endfor %}",
        "{{ 1 | DividedBy: 0 }}",
        // What is compared counts, wherever it stands.
        "{% for a in (1..90000) %}{% if (1..99999) contains 'x' %}x{% endif %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for a in (1..16) %}{% assign x = x | Append: x %}{% endfor %}{% for a in (1..90000) %}{% if x startswith x %}x{% endif %}{% endfor %}",
    ] {
        assert!(render(template).is_err(), "{template}");
    }
}

/// What a template makes of a text, and in how many turns.
fn in_turns(template: &str, text: &str) -> (Result<String, String>, usize) {
    let root = Data::members(vec![("text", Data::text(text)), ("list", Data::list(vec![Data::text(text), Data::Nil]))]);
    let template = Template::parse(template).unwrap();
    let now = DateTime::from_date(2024, 5, 1).unwrap();
    let mut work = Paced::new(|pace| async move { template.render(pace, &root, now).await });
    let mut turns = 1;
    loop {
        if let Some(made) = work.step(&mut 10_000) {
            return (made, turns);
        }
        turns += 1;
    }
}

#[test]
fn filters_of_long_texts_take_turns() {
    const LINES: usize = 40_000;
    const LINE: &str = "aB <i>\r\n";
    let text = LINE.repeat(LINES);
    let lines = |line: &str| line.repeat(LINES);
    let words = format!("aB {}...", "<i>\r\naB ".repeat(29_999).trim_end());
    // With the turns that it takes at least: one for 20,000 bytes that are changed, 80,000 whose characters are counted, 160,000 that are copied.
    for (template, made, least) in [
        ("{{ text | size }}", text.len().to_string(), 4),
        ("{{ text | Upcase }}", lines("AB <I>\r\n"), 16),
        ("{{ text | Downcase }}", lines("ab <i>\r\n"), 16),
        ("{{ text | Capitalize }}", lines("Ab <I>\r\n"), 16),
        ("{{ text | Escape }}", lines("aB &lt;i&gt;\r\n"), 16),
        ("{{ text | UrlEncode }}", lines("aB+%3Ci%3E%0D%0A"), 16),
        ("{{ text | UrlEncode | UrlDecode }}", text.clone(), 48),
        ("{{ text | NewlineToBr }}", lines("aB <i><br />\n"), 16),
        ("{{ text | StripNewlines }}", lines("aB <i>"), 16),
        ("{{ text | StripHtml }}", lines("aB \r\n"), 8),
        ("{{ text | Strip }}", text.trim_end().to_owned(), 2),
        ("{{ text | Replace: 'B', 'bb' }}", lines("abb <i>\r\n"), 8),
        ("{{ text | Remove: 'B <i>\r' }}", lines("a\n"), 8),
        ("{{ text | ReplaceFirst: 'aB', '' }}", text["aB".len()..].to_owned(), 2),
        ("{{ text | RemoveFirst: 'none' }}", text.clone(), 2),
        ("{{ text | Append: text | size }}", (2 * text.len()).to_string(), 4),
        ("{{ text | Prepend: 'x' | size }}", (text.len() + 1).to_string(), 2),
        ("{{ text | Plus: text | size }}", (2 * text.len()).to_string(), 4),
        ("{{ text | Times: 3 | size }}", (3 * text.len()).to_string(), 6),
        ("{{ 'ab' | Times: 100001 | size }}", "200002".to_owned(), 1),
        ("{{ text | Truncate: 200000 }}", format!("{}...", &text[..199_997]), 4),
        ("{{ text | TruncateWords: 30000 }}", words, 3),
        ("{{ text | Slice: 100000, 100000 }}", text[100_000..200_000].to_owned(), 5),
        ("{{ text | Slice: -3, 2 }}", ">\r".to_owned(), 6),
        ("{{ text | Split: ' ' | size }}", (LINES + 1).to_string(), 16),
        ("{{ text | Split: '' | size }}", text.len().to_string(), 96),
        ("{{ text | Split: ' ' | Uniq | size }}", "3".to_owned(), 96),
        ("{{ text | Split: ' ' | Join: text | size }}", "!".to_owned(), 1),
        ("{{ list | Uniq | Join: '-' | size }}", (text.len() + 1).to_string(), 4),
        ("{{ list | Sort | size }}", "2".to_owned(), 12),
        ("{% capture c %}{{ text }}{{ text }}{% endcapture %}{{ c | size }}", (2 * text.len()).to_string(), 8),
        ("{% if text contains 'none' %}1{% else %}0{% endif %}", "0".to_owned(), 1),
        ("{% if text contains text %}1{% endif %}", "1".to_owned(), 2),
        ("{% assign m = text | Split: 'none' %}{% if m contains text %}1{% endif %}", "1".to_owned(), 2),
        ("{{ text | Date: text }}", "!".to_owned(), 1),
        ("{{ text | Abs | size }}", text.len().to_string(), 1),
    ] {
        let (found, turns) = in_turns(template, &text);
        match found {
            Ok(found) => assert!(found == made, "{template}: {} bytes, not {}", found.len(), made.len()),
            Err(error) => assert_eq!(made, "!", "{template}: {error}"),
        }
        assert!(turns >= least, "{template}: {turns} turns");
    }
    // In JSON as well, and nothing is lost between two pieces.
    let (found, turns) = in_turns("{{ m }}{% for pair in list %}{{ forloop.Index }}{% endfor %}", &text);
    assert_eq!((found.as_deref(), turns), (Ok("12"), 1));
}

#[test]
fn a_long_text_in_a_list_is_written_in_pieces() {
    let text = "a\"é\n".repeat(30_000);
    let root = Data::members(vec![(
        "m",
        Data::Map(Rc::new(super::data::Map { entries: vec![("t".into(), Data::text(&text))], folds_case: false })),
    )]);
    let template = Template::parse("{{ m }}").unwrap();
    let now = DateTime::from_date(2024, 5, 1).unwrap();
    let mut work = Paced::new(|pace| async move { template.render(pace, &root, now).await });
    let mut turns = 1;
    let made = loop {
        if let Some(made) = work.step(&mut 10_000) {
            break made.unwrap();
        }
        turns += 1;
    };
    assert!(made == format!("{{\"t\":\"{}\"}}", "a\\\"é\\n".repeat(30_000)), "{}", made.len());
    assert!(turns > 8, "{turns} turns");
}

#[test]
fn what_filters_see_of_long_texts_is_what_they_see_of_short_ones() {
    // Where texts are cut, whatever stands there: each is longer than a piece by a little more than the one before.
    for (filter, unit, made) in [
        ("Upcase", "aé", "AÉ"),
        ("Downcase", "ΣΟΦΟΣ ", "σοφοσ "),
        ("Upcase", "ß", "ß"),
        ("Capitalize", "élan's VITAL x1y ", "Élan's VITAL X1y "),
        ("NewlineToBr", "\r\n", "<br />\n"),
        ("StripNewlines", "\r\na\r", "a\r"),
        ("UrlDecode", "%F0%9F%98%80", "\u{1F600}"),
        ("UrlDecode", "%80", "\u{FFFD}"),
        ("StripHtml", "é<é>", "é"),
        ("Replace: 'éb', 'x'", "éb", "x"),
    ] {
        for count in [1, 8192 / unit.len(), 8192 / unit.len() + 1, 65_536 / unit.len() + 1, 9000] {
            for before in ["", "-", "--", "---"] {
                let (found, _) =
                    in_turns(&format!("{{{{ text | {filter} }}}}"), &format!("{before}{}", unit.repeat(count)));
                let expected = format!("{before}{}", made.repeat(count));
                assert!(found.as_deref() == Ok(&*expected), "{filter} of {count} times {unit:?}");
            }
        }
    }
}
