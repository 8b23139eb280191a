//! Operators, casts, calls, objects, lambdas and queries: the trees that the C# specification gives them.

use super::check;

#[test]
fn operators_bind_in_the_order_of_the_specification() {
    // C# specification, "Operator precedence and associativity": each pair of neighbours of the table, in both orders.
    check("a * b + c", "(+ (* a b) c)");
    check("a + b * c", "(+ a (* b c))");
    check("a + b << c", "(<< (+ a b) c)");
    check("a << b + c", "(<< a (+ b c))");
    check("a << b < c", "(< (<< a b) c)");
    check("a < b << c", "(< a (<< b c))");
    check("a < b == c", "(== (< a b) c)");
    check("a == b < c", "(== a (< b c))");
    check("a == b & c", "(& (== a b) c)");
    check("a & b == c", "(& a (== b c))");
    check("a & b ^ c", "(^ (& a b) c)");
    check("a ^ b & c", "(^ a (& b c))");
    check("a ^ b | c", "(| (^ a b) c)");
    check("a | b ^ c", "(| a (^ b c))");
    check("a | b && c", "(&& (| a b) c)");
    check("a && b | c", "(&& a (| b c))");
    check("a && b || c", "(|| (&& a b) c)");
    check("a || b && c", "(|| a (&& b c))");
    check("a || b ?? c", "(?? (|| a b) c)");
    check("a ?? b || c", "(?? a (|| b c))");
    check("a ?? b ? c : d", "(?: (?? a b) c d)");
    check("a ? b : c ?? d", "(?: a b (?? c d))");
    check("x = a ? b : c", "(= x (?: a b c))");
}

#[test]
fn binary_operators_group_to_the_left_but_coalescing_assignment_and_conditional() {
    check("a - b - c", "(- (- a b) c)");
    check("a / b * c % d", "(% (* (/ a b) c) d)");
    check("a ?? b ?? c", "(?? a (?? b c))");
    check("a = b = c", "(= a (= b c))");
    check("a += b -= c", "(+= a (-= b c))");
    check("a ? b : c ? d : e", "(?: a b (?: c d e))");
    check("a ? b ? c : d : e", "(?: a (?: b c d) e)");
    check("a ? b : c = d", "(?: a b (= c d))");
}

#[test]
fn unary_operators_bind_tighter_than_binary_and_looser_than_primary() {
    check("-a + b", "(+ (- a) b)");
    check("-a.b", "(- (. a b))");
    check("!a.b(c)", "(! (call (. a b) c))");
    check("!a && b", "(&& (! a) b)");
    check("- - a", "(- (- a))");
    check("++a.b", "(++. (. a b))");
    check("a++ + ++b", "(+ (.++ a) (++. b))");
    check("~a[0]--", "(~ (.-- ([] a 0)))");
    check("(string)a.b[\"c\"]", "(cast string ([] (. a b) \"c\"))");
    check("(int)a + b", "(+ (cast int a) b)");
}

#[test]
fn shifts_to_the_right_are_two_adjacent_marks() {
    check("a >> b", "(>> a b)");
    check("a >>= b", "(>>= a b)");
    check("a <<= b", "(<<= a b)");
    check("a >= b", "(>= a b)");
    check("new List<List<int>>()", "(new List<List<int>>)");
}

#[test]
fn type_tests_stand_with_the_comparisons() {
    check("a is string && b", "(&& (is a (type string)) b)");
    check("a as string ?? b", "(?? (as a string) b)");
    check("a as int? ?? b", "(?? (as a int?) b)");
    check("a is int ? b : c", "(?: (is a (type int)) b c)");
    check("a is int? ? b : c", "(?: (is a (type int?)) b c)");
    check("a as B ? c : d", "(?: (as a B) c d)");
    check("a + b is C == d", "(== (is (+ a b) (name C)) d)");
    check("(a as int[])[0]", "([] (paren (as a array1(int))) 0)");
}

#[test]
fn a_parenthesized_name_is_a_cast_only_in_front_of_an_operand() {
    // C# specification, "Cast expressions": (x)y, (x)(y), (x)~y, (x)!y are casts; (x)-y is not, but for keywords.
    check("(x)y", "(cast x y)");
    check("(x)(y)", "(cast x (paren y))");
    check("(x)-y", "(- (paren x) y)");
    check("(int)-y", "(cast int (- y))");
    check("(x)~y", "(cast x (~ y))");
    check("(x)!y", "(cast x (! y))");
    check("(x)\"y\"", "(cast x \"y\")");
    check("(x).y", "(. (paren x) y)");
    check("(x)[y]", "([] (paren x) y)");
    check("(x) as y", "(as (paren x) y)");
    check("(x[])y", "(cast array1(x) y)");
    check("(x?)y", "(cast x? y)");
    check("(a.b<c>)d", "(cast a.b<c> d)");
    check("(a < b)", "(paren (< a b))");
    check("(a + b) * c", "(* (paren (+ a b)) c)");
    check("(JObject)(JToken)a[\"b\"]", "(cast JObject (cast JToken ([] a \"b\")))");
    check(
        "((IResponse)context.Variables[\"r\"]).Body",
        "(. (paren (cast IResponse ([] (. context Variables) \"r\"))) Body)",
    );
    check("(int)'a'", "(cast int 'a')");
    check("(T)new T()", "(cast T (new T))");
}

#[test]
fn type_arguments_need_a_token_behind_them_that_no_comparison_has() {
    // The example of the C# specification, "Grammar ambiguities".
    check("F(G<A, B>(7))", "(call F (call G<A,B> 7))");
    check("F(G < A, B > 7)", "(call F (< G A) (> B 7))");
    check("F(G<A, B>>7)", "(call F (< G A) (>> B 7))");
    check("a.GetValueOrDefault<string>(\"x\")", "(call (. a GetValueOrDefault<string>) \"x\")");
    check("a.As<byte[]>()", "(call (. a As<array1(byte)>))");
    check("a < b && c > d", "(&& (< a b) (> c d))");
    check("a < b", "(< a b)");
    check("i < a.Length", "(< i (. a Length))");
    check("f<int?, List<T>>(x)", "(call f<int?,List<T>> x)");
}

#[test]
fn members_calls_and_indexers_chain_to_the_left() {
    check("a.b(c)[d].e", "(. ([] (call (. a b) c) d) e)");
    check("a(b)(c)", "(call (call a b) c)");
    check("string.IsNullOrEmpty(a)", "(call (. string IsNullOrEmpty) a)");
    check("global::System.Math.Abs(a)", "(call (. (. global::System Math) Abs) a)");
    check("b.As<JObject>(preserveContent: true)", "(call (. b As<JObject>) preserveContent:true)");
    check("t.TryParse(a, out var b)", "(call (. t TryParse) a out (declare var b))");
    check("t.TryParse(a, out int b, out _, out c)", "(call (. t TryParse) a out (declare int b) out _ out c)");
    check("1.ToString()", "(call (. 1 ToString))");
    check("\"a\".Length", "(. \"a\" Length)");
}

#[test]
fn a_conditional_access_takes_the_rest_of_its_chain() {
    // C# specification, "Null-conditional member access": a?.b.c is a == null ? null : a.b.c.
    check("a?.b.c", "(? a (. (. b) c))");
    check("a?.b?.c", "(? a (? (. b) (. c)))");
    check("a?[0].b(c)", "(? a (call (. ([] 0) b) c))");
    check("a?.b ?? c", "(?? (? a (. b)) c)");
    check("a.b?.c(d)[e]", "(? (. a b) ([] (call (. c) d) e))");
    check("a ? .5 : 1", "(?: a 0.5d 1)");
}

#[test]
fn objects_are_created_with_arguments_and_initializers() {
    check("new T(a, b)", "(new T a b)");
    check("new T { A = 1, B = { C = 2 }, }", "(new T (set A=1 B=(set C=2)))");
    check("new T(1) { [\"a\"] = 2, [3, 4] = 5 }", "(new T 1 (set ([] \"a\")=2 ([] 3 4)=5))");
    check("new T { 1, { 2, 3 } }", "(new T (add 1 2,3))");
    check("new T { }", "(new T (set))");
    check(
        "new JObject { { \"a\", new JArray() } }.ToString()",
        "(call (. (new JObject (add \"a\",(new JArray))) ToString))",
    );
    check("new Dictionary<string, int[]>()", "(new Dictionary<string,array1(int)>)");
    check("new System.Text.StringBuilder()", "(new System.Text.StringBuilder)");
    check("new(1)", "(new _ 1)");
    check("new { a.b, c, D = 1, e?.F }", "(new-anonymous b=(. a b) c=c D=1 F=(? e (. F)))");
    check("new { }", "(new-anonymous)");
    check("new Random().Next(1, 3)", "(call (. (new Random) Next) 1 3)");
}

#[test]
fn arrays_are_created_with_sizes_or_items() {
    check("new int[3]", "(new-array array1(int) 3)");
    check("new int[2, n][]", "(new-array array2(array1(int)) 2 n)");
    check("new[] { 1, 2 }", "(new[1] (items 1 2))");
    check("new[,] { { 1 }, { 2 } }", "(new[2] (items (items 1) (items 2)))");
    check("new string[] { \"a\", }", "(new-array array1(string) (items \"a\"))");
    check("new string[] { \"a\" }[0]", "([] (new-array array1(string) (items \"a\")) 0)");
    check("new int?[1]", "(new-array array1(int?) 1)");
    // `int[][,]` is an array of two-dimensional arrays.
    check("new int[][,] { }", "(new-array array1(array2(int)) (items))");
    check("new byte[0].Length", "(. (new-array array1(byte) 0) Length)");
}

#[test]
fn lambdas_reach_as_far_as_they_can() {
    check("x => x + 1", "(=> (x) (+ x 1))");
    check("() => 1", "(=> () 1)");
    check("(x, y) => x", "(=> (x, y) x)");
    check("(int x, out string y) => x", "(=> (int x, out string y) x)");
    check("x => y => x", "(=> (x) (=> (y) x))");
    check("x => { return x; }", "(=> (x) (block (return x)))");
    check("a.Where(x => x > 1 && b).First()", "(call (. (call (. a Where) (=> (x) (&& (> x 1) b))) First))");
    check("a ? x => 1 : y => 2", "(?: a (=> (x) 1) (=> (y) 2))");
    check("f = x => x", "(= f (=> (x) x))");
    check("delegate (int x) { return x; }", "(=> (int x) (block (return x)))");
    check("delegate { }", "(=> any (block))");
    check("x => throw y", "(=> (x) (throw y))");
}

#[test]
fn throw_stands_behind_coalescing_and_in_branches() {
    check("a ?? throw new E()", "(?? a (throw (new E)))");
    check("a ? throw b : c", "(?: a (throw b) c)");
    check("a ? b : throw c", "(?: a b (throw c))");
}

#[test]
fn tuples_are_parentheses_with_a_comma() {
    check("(a, b)", "(tuple a b)");
    check("(x: 1, y: (2, 3))", "(tuple x:1 y:(tuple 2 3))");
    check("(var a, int b) = c", "(= (tuple (declare var a) (declare int b)) c)");
    check("var (a, _) = b", "(= (declare var (a, _)) b)");
    check("((int a, string))b", "(cast (int a, string) b)");
    check("(a, b) => c", "(=> (a, b) c)");
}

#[test]
fn keywords_that_take_types_and_values() {
    check("typeof(int?[])", "(typeof array1(int?))");
    check("sizeof(int)", "(sizeof int)");
    check("default(T)", "(default T)");
    check("a ?? default", "(?? a (default))");
    check("checked(a + b) * c", "(* (checked (+ a b)) c)");
    check("unchecked((int)a)", "(unchecked (cast int a))");
    check("nameof(a.b)", "(call nameof (. a b))");
    check("@class.@a", "(. class a)");
}

#[test]
fn interpolated_strings_have_holes_with_alignment_and_format() {
    check("$\"a{b}c\"", "($ \"a\" {b} \"c\")");
    check("$\"{a,-5:N2}\"", "($ {a,(- 5):N2})");
    check("$\"{a:yyyy-MM-ddTHH:mm:ss}\"", "($ {a:yyyy-MM-ddTHH:mm:ss})");
    check("$\"{{{a}}}\"", "($ \"{\" {a} \"}\")");
    check("$\"{(a ? b : c)}\"", "($ {(paren (?: a b c))})");
    check("$\"{a[\"b\"]}\"", "($ {([] a \"b\")})");
    check("$\"{$\"{a}\"}\"", "($ {($ {a})})");
    check("$@\"\"\"\\{a}\"", "($ \"\\\"\\\\\" {a})");
    check("@$\"{a}\n\"", "($ {a} \"\\n\")");
    check("$\"{new { a = 1 }}\"", "($ {(new-anonymous a=1)})");
    check("$\"{global::A}\"", "($ {global::A})");
    check("$\"{f(x => { return 1; })}\"", "($ {(call f (=> (x) (block (return 1))))})");
    check("$\"\"", "($)");
}

#[test]
fn queries_keep_their_clauses() {
    check("from x in a select x", "(query (from x a) (select x))");
    check(
        "from int x in a where x > 1 let y = x orderby x descending, y select new { x, y }",
        "(query (from int x a) (where (> x 1)) (let y x) (orderby x descending y) (select (new-anonymous x=x y=y)))",
    );
    check(
        "from x in a join y in b on x.Id equals y.Id into g from z in g group z by x.Id into h select h.Key",
        "(query (from x a) (join y b (. x Id) (. y Id) g) (from z g) (group z (. x Id)) (into h) (select (. h Key)))",
    );
    check(
        "from x in (IList)a where x is B select (C)x",
        "(query (from x (cast IList a)) (where (is x (name B))) (select (cast C x)))",
    );
    // Outside of a query the words are names.
    check("from + select", "(+ from select)");
}

#[test]
fn comments_stand_anywhere() {
    check("a /* ) */ + // \"\n b", "(+ a b)");
    check("\u{feff}a\u{a0}+ b", "(+ a b)");
}
