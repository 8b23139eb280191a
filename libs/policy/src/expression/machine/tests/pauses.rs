//! Natives that pause in the middle of large work: what comes out is what comes out in one go, and no turn does more than its share.

use crate::expression::compiled::compile;
use crate::expression::display::to_text;
use crate::expression::limits::STEPS_MAX;
use crate::expression::machine::{Evaluation, Host, Machine, Progress, Thrown};
use crate::expression::parser::Form;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

const JSON_ITEM: &str = r#"{"id":1234,"name":"a\n\"b","at":"2020-01-02T03:04:05Z","x":[1,2.5,null,{"y":true}]},"#;
const XML_ITEM: &str = r#"<a n="1" p:m="2 &amp; 3" xmlns:p="u"><b>te&lt;xt</b><!--c--><p:c/><![CDATA[d]]></a>"#;

fn exchange(body: &str) -> MemoryExchange {
    MemoryExchange { request_body: Some(body.as_bytes().to_vec()), ..MemoryExchange::get("/") }
}

fn told(result: Result<Value, Thrown>, machine: &mut Machine<'_>) -> String {
    match result.and_then(|value| if value.is_null() { Ok("null".into()) } else { to_text(&value, machine) }) {
        Ok(text) => text.to_string(),
        Err(Thrown::Exception(exception)) => format!("!{} {}", exception.of.name(), exception.message),
        Err(Thrown::Limit(limit)) => format!("!{limit:?}"),
    }
}

/// What code makes of a body in one go, and in how many turns it comes to the same.
fn turns(code: &str, body: &str) -> usize {
    let expression =
        compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let (mut memory, mut variables) = (exchange(body), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut memory, variables: &mut variables, last_error: None });
    let result = machine.evaluate(expression.code());
    let expected = told(result, &mut machine);
    // Only texts may be wrong.
    let is_done =
        !expected.starts_with('!') || expected.contains("ReaderException") || expected.contains("XmlException");
    assert!(is_done, "{code}: {expected}");
    let left = memory.request_body;

    let (mut memory, mut variables) = (exchange(body), Variables::default());
    let mut evaluation = Evaluation::new();
    evaluation.start(expression.code());
    let mut turns = 1;
    let result = loop {
        let before = evaluation.steps_left;
        match evaluation.step(Host { exchange: &mut memory, variables: &mut variables, last_error: None }) {
            // What was dropped is freed first, in turns that take no steps.
            Ok(Progress::Yielded) => turns += usize::from(evaluation.steps_left < before),
            Ok(Progress::Done(value)) => break Ok(value),
            Err(thrown) => break Err(thrown),
        }
    };
    assert!(
        evaluation.steps_left < STEPS_MAX - (turns as u64).saturating_sub(2) * 90_000,
        "{code}: steps are paid for"
    );
    assert_eq!(memory.request_body, left, "{code}");
    let mut machine = Machine::new(Host { exchange: &mut memory, variables: &mut variables, last_error: None });
    let found = told(result, &mut machine);
    assert!(found == expected, "{code}: {} instead of {}", cut(&found), cut(&expected));
    turns
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

fn array(bytes: usize) -> String {
    format!("[{}0]", JSON_ITEM.repeat(bytes / JSON_ITEM.len()))
}

fn document(bytes: usize) -> String {
    format!("<r>{}</r>", XML_ITEM.repeat(bytes / XML_ITEM.len()))
}

/// Codes with the turns they take at least for a body of this many bytes.
#[track_caller]
fn check(cases: &[(&str, usize)], body: &str) {
    for (code, least) in cases {
        let turns = turns(code, body);
        assert!(turns >= *least && turns < least * 3 + 2, "{code}: {turns} turns instead of {least}");
    }
}

#[test]
fn json_is_read_in_turns() {
    let body = array(500_000);
    check(
        &[
            ("return context.Request.Body.As<JArray>().Count;", 5),
            ("return context.Request.Body.As<JArray>(true).Count;", 5),
            ("return context.Request.Body.As<JToken>()[1][\"x\"][3][\"y\"];", 5),
            ("return context.Request.Body.AsJArray().Last;", 5),
            ("return JToken.Parse(context.Request.Body.As<string>()).Path;", 5),
            ("return JArray.Parse(\"/**/\" + context.Request.Body.As<string>() + \" // c\").Count;", 5),
            ("return JsonConvert.DeserializeObject<JArray>(context.Request.Body.As<string>()).Count;", 5),
            // What is wrong stands at the end.
            ("return JObject.Parse(\"{a:\" + context.Request.Body.As<string>() + \"]\");", 5),
            (
                "try { return JToken.Parse(context.Request.Body.As<string>() + \"]\"); } catch (Exception e) { return e.Message; }",
                5,
            ),
            // Nothing can pause inside of a native.
            (
                "return new[] { context.Request.Body.As<string>() }.Select(x => JArray.Parse(x.Substring(0, 90000) + \"}]\").Count).First();",
                1,
            ),
        ],
        &body,
    );
    check(&[("return context.Request.Body.As<JArray>().Count;", 1)], &array(60_000));
}

#[test]
fn json_is_written_and_copied_in_turns() {
    let body = array(500_000);
    check(
        &[
            ("return context.Request.Body.As<JArray>().ToString();", 12),
            ("return context.Request.Body.As<JArray>().ToString(Newtonsoft.Json.Formatting.None);", 10),
            ("return JsonConvert.SerializeObject(context.Request.Body.As<JArray>());", 10),
            ("var a = context.Request.Body.As<JArray>(); a[0] = 1; var b = a.DeepClone(); a[1] = 2; return b[1];", 12),
        ],
        &body,
    );
}

#[test]
fn xml_is_read_and_written_in_turns() {
    let body = document(200_000);
    check(
        &[
            ("return context.Request.Body.As<XDocument>().Root.Elements().Count();", 8),
            ("return context.Request.Body.As<XElement>(true).Elements().Count();", 8),
            ("return XElement.Parse(context.Request.Body.As<string>(), LoadOptions.PreserveWhitespace).FirstNode;", 8),
            (
                "return XDocument.Parse(\"<!--\" + context.Request.Body.As<string>().Replace(\"-\", \"\") + \"--><a/>\");",
                1,
            ),
            ("return XDocument.Parse(context.Request.Body.As<string>() + \"<a/>\");", 8),
            (
                "var d = new XmlDocument(); d.LoadXml(context.Request.Body.As<string>()); return d.DocumentElement.ChildNodes.Count;",
                8,
            ),
            ("return context.Request.Body.As<XElement>().ToString();", 18),
            ("return context.Request.Body.As<XDocument>().ToString(SaveOptions.DisableFormatting);", 16),
        ],
        &body,
    );
    check(&[("return context.Request.Body.As<XElement>().Elements().Count();", 1)], &document(60_000));
}

#[test]
fn documents_are_walked_over_and_compared_in_turns() {
    let json = "var a = context.Request.Body.As<JArray>(true);";
    let reading = turns(&format!("{json} return a.Count;"), &array(500_000));
    for code in [
        "return a.SelectTokens(\"$..id\").Count();",
        "return a.SelectToken(\"$[?(@.id == 1)]\");",
        "return a.SelectTokens(\"$..x[?(@.y == true)]\").Count();",
        "return a.Descendants().Count();",
        "return a.DescendantsAndSelf().Last();",
        "return JToken.DeepEquals(a, context.Request.Body.As<JArray>(true));",
        "return JsonConvert.DeserializeXNode(\"{\\\"a\\\":{\\\"b\\\":\" + context.Request.Body.As<string>(true) + \"}}\").Root.Elements().Count();",
    ] {
        let turns = turns(&format!("{json} {code}"), &array(500_000));
        assert!(turns > reading, "{code}: {turns} turns");
    }
    let xml = "var e = context.Request.Body.As<XElement>(true);";
    let reading = turns(&format!("{xml} return e.Elements().Count();"), &document(600_000));
    for code in [
        "return e.Descendants().Count();",
        "return e.Descendants(\"b\").Count();",
        "return e.DescendantsAndSelf().Last();",
        "return e.DescendantNodes().Count();",
        "return e.Value;",
        "return (string)e;",
        "return e.XPathSelectElements(\"//b\").Count();",
        "return e.XPathEvaluate(\"count(//b[../@n = 1])\");",
        "return XNode.DeepEquals(e, context.Request.Body.As<XElement>(true));",
        "return JsonConvert.SerializeXNode(e).Length;",
        "return JsonConvert.SerializeXNode(e, Newtonsoft.Json.Formatting.Indented, true).Length;",
        "var d = new XmlDocument(); d.LoadXml(context.Request.Body.As<string>(true)); return d.OuterXml.Length;",
        "var d = new XmlDocument(); d.LoadXml(context.Request.Body.As<string>(true)); return d.DocumentElement.InnerXml.Length;",
        "var d = new XmlDocument(); d.LoadXml(context.Request.Body.As<string>(true)); return d.SelectNodes(\"//b\").Count;",
    ] {
        let turns = turns(&format!("{xml} {code}"), &document(600_000));
        assert!(turns > reading, "{code}: {turns} turns");
    }
}

#[test]
fn lists_are_made_of_json_in_turns() {
    let numbers = format!("[{}0]", "1,22,".repeat(20_000));
    check(
        &[
            ("return JsonConvert.DeserializeObject<List<int>>(context.Request.Body.As<string>()).Sum();", 6),
            ("return context.Request.Body.As<JArray>().ToObject<List<long>>().Count;", 6),
            ("return context.Request.Body.As<JArray>().ToObject<HashSet<string>>().Count;", 6),
            ("return JsonConvert.DeserializeObject<JArray>(context.Request.Body.As<string>()).Count;", 2),
            (
                "try { return JsonConvert.DeserializeObject<List<int>>(context.Request.Body.As<string>().Replace(\"0]\", \"\\\"x\\\"]\")); } \
                 catch (Exception e) { return e.Message; }",
                6,
            ),
        ],
        &numbers,
    );
}

#[test]
fn texts_are_taken_apart_and_put_together_in_turns() {
    let words = "lorem ipsum, dolor=".repeat(20_000);
    check(
        &[
            ("return context.Request.Body.As<string>().Split(' ').Length;", 2),
            (
                "return context.Request.Body.As<string>().Split(new[] { \", \", \"=\" }, StringSplitOptions.None).Last();",
                3,
            ),
            ("return string.Join(\"-\", context.Request.Body.As<string>().Split(' '));", 3),
            ("return string.Join(\"-\", Enumerable.Range(0, 50000));", 2),
            ("return string.Concat(context.Request.Body.As<string>().Split(' '));", 3),
            ("return new string(context.Request.Body.As<string>().ToCharArray());", 8),
            ("return Regex.Replace(context.Request.Body.As<string>(), \"o\", \"<$0>\");", 12),
            ("return Regex.Escape(context.Request.Body.As<string>());", 4),
            ("return Regex.Unescape(context.Request.Body.As<string>());", 8),
            ("return Regex.Split(context.Request.Body.As<string>(), \"( )\").Length;", 10),
        ],
        &words,
    );
}

#[test]
fn sequences_are_walked_over_in_turns_even_where_lambdas_are_called() {
    let range = |code: &str| format!("var r = Enumerable.Range(0, 50000); {code}");
    for code in [
        "return r.Select(x => x * 2).Where(x => x > 3).Count();",
        "return r.Count(x => x % 2 == 0);",
        "return r.Select(x => x % 7).Sum();",
        "return r.Average(x => x);",
        "return r.Aggregate((a, b) => a ^ b);",
        "return r.Aggregate(1L, (a, b) => a ^ b, x => x + 1);",
        "return r.Max(x => -x);",
        "return r.MinBy(x => -x);",
        "return r.Any(x => x == 49999);",
        "return r.All(x => x < 49999);",
        "return r.Select(x => x + 1).Contains(50000);",
        "return r.Select(x => x).SequenceEqual(r);",
        "return r.Select(x => x + 1).ToList().Count;",
        "return r.Select(x => x + 1).ToArray().Length;",
        "return r.ToDictionary(x => x, x => x + 1)[49999];",
        "return r.Select(x => x % 1000).ToHashSet().Count;",
        "var l = r.ToList(); l.Sort((a, b) => b - a); return l[0];",
        "var l = r.Select(x => (x * 7919) % 50021).ToList(); l.Sort(); return string.Join(\" \", l.Take(20)) + l[49999];",
        "var a = r.Select(x => -x).ToArray(); Array.Sort(a); return a[1];",
    ] {
        let turns = turns(&range(code), "");
        assert!((3..100).contains(&turns), "{code}: {turns} turns");
    }
    // What is thrown on the way is what is thrown in one go.
    turns(&range("try { return r.Sum(x => 10 / (40000 - x)); } catch (Exception e) { return e.Message; }"), "");
    turns(
        &range(
            "try { var l = r.ToList(); l.Sort((a, b) => 1 / (a * b)); return 0; } catch (Exception e) { return e.Message; }",
        ),
        "",
    );
    // The list is as it was until it is sorted.
    turns(&range("var l = r.ToList(); l.Sort((a, b) => l.Count - 50000 + b - a); return l[0];"), "");
}

#[test]
fn long_texts_are_searched_and_replaced_in_turns() {
    let text = |code: &str| format!("var s = context.Request.Body.As<string>(true); {code}");
    let letters = "漢字かな".repeat(40_000);
    let with = |codes: &[(&str, usize)], body: &str| {
        let codes: Vec<(String, usize)> = codes.iter().map(|(code, least)| (text(code), *least)).collect();
        check(&codes.iter().map(|(code, least)| (code.as_str(), *least)).collect::<Vec<_>>(), body);
    };
    with(
        &[
            ("return s.IndexOf(s.Substring(1) + \"x\");", 20),
            ("return s.LastIndexOf(\"x\" + s.Substring(1));", 20),
            ("return s.IndexOf(s.Substring(1) + \"x\", StringComparison.Ordinal);", 4),
            ("return s.LastIndexOf(\"x\" + s.Substring(1), StringComparison.Ordinal);", 4),
            ("return s.Contains(s.Substring(1) + \"x\");", 4),
            ("return s.Contains(s.Substring(1) + \"x\", StringComparison.OrdinalIgnoreCase);", 6),
            ("return s.Replace(s.Substring(1) + \"x\", \"y\") == s;", 4),
            ("return s.Replace(s.Substring(1), \"y\", StringComparison.OrdinalIgnoreCase);", 6),
            ("return s.Replace(s.Substring(1), \"y\", StringComparison.CurrentCulture);", 20),
            ("return s.Replace(\"字か\", \"xyz\").Length;", 4),
            ("var b = new StringBuilder(s); return b.Replace(s.Substring(1), \"y\").ToString();", 4),
            ("var b = new StringBuilder(s); return b.Replace(\"字か\", \"xyz\").Length;", 4),
            (
                "try { return s.IndexOf(\"x\", 200000, StringComparison.Ordinal); } catch (Exception e) { return e.Message; }",
                1,
            ),
        ],
        &letters,
    );
    let umlauts = "aäöü".repeat(60_000);
    with(
        &[
            ("return string.Compare(s + \"x\", s.ToUpper() + \"Y\", StringComparison.OrdinalIgnoreCase);", 11),
            ("return s.Equals(s.ToUpper(), StringComparison.OrdinalIgnoreCase);", 11),
            ("return StringComparer.OrdinalIgnoreCase.Compare(s + \"y\", s.ToUpper() + \"X\");", 11),
            ("return StringComparer.OrdinalIgnoreCase.Equals(s, s.ToUpper());", 11),
            ("return s.ToUpper() + s.ToLowerInvariant();", 2),
            ("return s.IndexOf(\"Äx\", StringComparison.OrdinalIgnoreCase);", 2),
            ("return s.LastIndexOf(\"ÜAÄ\", StringComparison.OrdinalIgnoreCase);", 2),
            ("return s.Replace(\"ÖÜA\", \"\", StringComparison.OrdinalIgnoreCase).Length;", 4),
        ],
        &umlauts,
    );
    // Without matches, and with as many as there can be.
    with(&[("return s.IndexOf('x') + s.LastIndexOf('x') + s.Insert(50000, \"x\").IndexOf('x');", 1)], &umlauts);
}

#[test]
fn documents_are_wrapped_and_objects_written_in_turns_however_they_nest() {
    let body = array(600_000);
    let read = "var o = new JObject(new JProperty(\"items\", context.Request.Body.As<JArray>(true)));";
    let reading = turns(&format!("{read} return o.Count;"), &body);
    for code in [
        "return new JObject(new JProperty(\"value\", o[\"items\"]));",
        "return new JObject(new JProperty(\"value\", new[] { o[\"items\"], 5 }));",
        "return new JArray(1, o[\"items\"], new[] { o[\"items\"][0] });",
        "o[\"copy\"] = o[\"items\"]; return o[\"copy\"];",
        "o.Add(\"copy\", o[\"items\"]); return o[\"copy\"];",
        "var p = o.Property(\"items\"); p.Value = p.Value; return o;",
        "((JArray)o[\"items\"]).Insert(1, o[\"items\"]); return o[\"items\"][1];",
        "o[\"items\"][0].Replace(o[\"items\"]); return o[\"items\"][0];",
        "o.Merge(new JObject(new JProperty(\"items\", new JArray(7)), new JProperty(\"more\", o[\"items\"]))); return o;",
        "o.Merge(o, new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Union }); return o;",
        "var p = new JObject(); p.Merge(o); p.Merge(o, new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Merge }); return p;",
        "return JObject.FromObject(new { value = o[\"items\"], more = new { again = o[\"items\"] } });",
        "return JsonConvert.SerializeObject(new { value = o[\"items\"].Select(i => new { a = i, t = Tuple.Create(i.Path, 1) }) });",
    ] {
        let turns = turns(&format!("{read} {code}"), &body) - reading;
        assert!((4..60).contains(&turns), "{code}: {turns} turns");
    }
    let xml = document(600_000);
    let read = "var x = context.Request.Body.As<XElement>(true);";
    let reading = turns(&format!("{read} return x.Elements().Count();"), &xml);
    for code in [
        "return new XElement(x);",
        "var y = new XElement(\"y\", x); return new XElement(\"z\", x);",
        "var y = new XElement(\"y\", x, 5, new[] { x }); return y;",
        "var y = new XElement(\"y\", new XElement(\"z\")); y.Element(\"z\").ReplaceWith(x, x); return y;",
        "x.Element(\"a\").AddBeforeSelf(x); return x;",
    ] {
        let turns = turns(&format!("{read} {code}"), &xml) - reading;
        assert!((4..60).contains(&turns), "{code}: {turns} turns");
    }
    // What is taken out first stays the same one, and nothing is copied.
    let kept = "y.ReplaceNodes(x); if (y.Elements().First() != x) throw new Exception(); return y.Elements().Count();";
    assert!(turns(&format!("{read} var y = new XElement(\"y\", x); {kept}"), &xml) < reading + 4);
    let made = "new Dictionary<string, object> { { \"a\", Enumerable.Range(0, 20000).Select(i => new { id = i, n = \"n\" + i, x = new[,] { { i, 1 }, { 2, 3 } } }) } }";
    let made = format!("return JObject.FromObject({made}).ToString();");
    assert!(turns(&made, "") > 30);
    // Objects that are made and dropped one after the other may all come to lie in the same place.
    let dropped =
        "new { value = Enumerable.Range(0, 20000).Select(i => new { id = i, inner = new { n = \"n\" + i } }) }";
    assert!(turns(&format!("return JObject.FromObject({dropped})[\"value\"].Count();"), "") > 20);
}

#[test]
fn large_objects_are_compared_written_and_emptied_in_turns() {
    let names: String = (0..40_000).map(|index| format!("\"k{index}\":{index},")).collect();
    let backward: String = (0..40_000).rev().map(|index| format!("\"k{index}\":{index},")).collect();
    let body = format!("[{{{names}\"z\":1}},{{\"z\":1,{}}}]", backward.trim_end_matches(','));
    let read = "var a = context.Request.Body.As<JArray>(true);";
    let reading = turns(&format!("{read} return a.Count;"), &body);
    for (code, least) in [
        ("return JToken.DeepEquals(a[0], a[0].DeepClone());", 12),
        // What was read has an index of its names, a copy has none.
        ("return JToken.DeepEquals(a[0], a[1]);", 11),
        ("return JToken.DeepEquals(a[0], a[1].DeepClone());", 18),
        ("((JObject)a[0]).RemoveAll(); return a.ToString();", 8),
    ] {
        let turns = turns(&format!("{read} {code}"), &body) - reading;
        assert!((least..4 * least).contains(&turns), "{code}: {turns} turns");
    }
    let ones = format!("[{}1]", "1,".repeat(200_000));
    let reading = turns(&format!("{read} return a.Count;"), &ones);
    for code in ["a.Clear(); return a.Count;", "var t = a[5]; a.RemoveAll(); return t.Parent == null;"] {
        let turns = turns(&format!("{read} {code}"), &ones) - reading;
        assert!((3..9).contains(&turns), "{code}: {turns} turns");
    }
    let xml = document(600_000);
    let read = "var e = context.Request.Body.As<XElement>(true);";
    let reading = turns(&format!("{read} return e.Elements().Count();"), &xml);
    let emptied = turns(&format!("{read} e.RemoveAll(); return e.ToString();"), &xml);
    assert!(emptied >= reading, "{emptied} turns, {reading}");
    let quotes = "\"\n€".repeat(60_000);
    check(
        &[
            ("return JsonConvert.SerializeObject(context.Request.Body.As<string>());", 4),
            (
                "return new JObject(new JProperty(\"a\", new JArray(context.Request.Body.As<string>(), 1))).ToString();",
                4,
            ),
            ("return JsonConvert.ToString(context.Request.Body.As<string>()).Length;", 4),
        ],
        &quotes,
    );
}
