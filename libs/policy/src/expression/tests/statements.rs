//! Statements.

use super::check_statements as check;

#[test]
fn declarations_are_told_from_expressions() {
    check("var a = 1;", "(local var a=1)");
    check("int a = 1, b, c = 3;", "(local int a=1 b c=3)");
    check("string[] a = { \"x\" };", "(local array1(string) a=(items \"x\"))");
    check("A.B<C> d = e;", "(local A.B<C> d=e)");
    check("int? a = null;", "(local int? a=null)");
    check("dynamic a = b;", "(local dynamic a=b)");
    check("(int a, string) b = c;", "(local (int a, string) b=c)");
    check("const int a = 1;", "(const int a=1)");
    check("a = b;", "(= a b)");
    check("a.b = c;", "(= (. a b) c)");
    check("a[b] = c;", "(= ([] a b) c)");
    check("a[b].c();", "(call (. ([] a b) c))");
    check("a<b>(c);", "(call a<b> c)");
    check("int.Parse(a);", "(call (. int Parse) a)");
    check("var(a, b);", "(call var a b)");
    check("var (a, b) = c;", "(= (declare var (a, b)) c)");
    check("a?.b();", "(? a (call (. b)))");
    check("a++; --b; new C();", "(.++ a) (--. b) (new C)");
    check("var a = x < y;", "(local var a=(< x y))");
}

#[test]
fn an_else_belongs_to_the_nearest_if() {
    check("if (a) if (b) c(); else d();", "(if a (if b (call c) (call d)))");
    check("if (a) { } else if (b) { } else { }", "(if a (block) (if b (block) (block)))");
    check("if (a) return b; return c;", "(if a (return b)) (return c)");
}

#[test]
fn loops() {
    check("while (a) b();", "(while a (call b))");
    check("do { } while (a);", "(do (block) a)");
    check("for (int i = 0, j = 1; i < n; i++, j--) { }", "(for int i=0 j=1 ; (< i n) ; (.++ i) (.-- j) (block))");
    check("for (;;) break;", "(for ;  ;  (break))");
    check("for (i = 0; ; ) continue;", "(for (= i 0) ;  ;  (continue))");
    check("foreach (var a in b) { }", "(foreach var a b (block))");
    check(
        "foreach (KeyValuePair<string, int> a in b.C()) d();",
        "(foreach KeyValuePair<string,int> a (call (. b C)) (call d))",
    );
    check("foreach (var (a, b) in c) { }", "(foreach var (a, b) c (block))");
    check("foreach ((var a, int b) in c) { }", "(foreach (tuple (declare var a) (declare int b)) c (block))");
}

#[test]
fn exceptions_and_resources() {
    check("try { } catch { }", "(try (block) (catch (block)))");
    check(
        "try { a(); } catch (E e) when (e.X) { throw; } catch (F) { throw new G(); } finally { b(); }",
        "(try (block (call a)) (catch E e (when (. e X)) (block (throw))) (catch F (block (throw (new G)))) (finally (block (call b))))",
    );
    check("using (var a = b) { }", "(using var a=b (block))");
    check("using (a) using (b) c();", "(using a (using b (call c)))");
    check("using var a = b; c();", "(using-local var a=b) (call c)");
    check("lock (a) { }", "(lock a (block))");
    check(
        "checked { a(); } unchecked { } checked(b);".replace("checked(b);", "c();").as_str(),
        "(checked (block (call a))) (unchecked (block)) (call c)",
    );
}

#[test]
fn local_functions_and_labels() {
    check("int f(int a, string b = \"\") { return a; }", "(function int f (int a, string b=\"\") (block (return a)))");
    check("static void f() => g();", "(function static void f () (call g))");
    check("T f<T>(params T[] a) => a[0];", "(function T f<T> (params array1(T) a) ([] a 0))");
    check("a: goto a;", "(label a (goto a))");
    check(";", "(empty)");
    check("", "");
}
