#!/usr/bin/env python3
"""Turns cases/*.txt and corpus.jsonl into table.jsonl and corpus-table.jsonl by compiling and running them as C#. See README.md."""
import json, os, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.environ["CSHARP_WORK"]          # scratch folder prepared by generate.sh: runtime/, roslyn/, Compile.exe
USINGS = """using System; using System.Collections.Generic; using System.Globalization; using System.IO; using System.Linq; using System.Net;
using System.Security.Cryptography; using System.Security.Cryptography.X509Certificates; using System.Text; using System.Text.RegularExpressions;
using System.Xml; using System.Xml.Linq; using Newtonsoft.Json; using Newtonsoft.Json.Linq; using Formatting = Newtonsoft.Json.Formatting;
"""
SYNTAX = re.compile(r"CS1(0[0-4]\d|51\d|52\d|547|64[46])")
# What the corpus may not be compared by value with, unless the entry says that its result is "steady" all the same.
CLOCK_OR_CHANCE = re.compile(r"\b(UtcNow|Now|Today|NewGuid|RNGCryptoServiceProvider)\b|new Random\(\)")


class Case:
    def __init__(self, ident, code, form):
        self.id, self.code, self.form = ident, code, form
        self.flags, self.override, self.error = set(), None, None
        self.extra, self.same = {}, None       # same: the same program in words that the compiler of the generator understands


def read_cases(path):
    """One topic file. A line is an expression; an indented line continues it; `@{` opens a body that ends with `}` at the line's start."""
    topic = os.path.splitext(os.path.basename(path))[0]
    cases, body, same = [], None, None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if same is not None:
            if line == "}":
                cases[-1].same, same = "\n".join(same), None
            else:
                same.append(line)
        elif body is not None:
            if line == "}":
                cases.append(Case(f"{topic}-{len(cases)+1}", "\n".join(body), "multi"))
                body = None
            else:
                body.append(line)
        elif line == "@{":
            body = []
        elif line.startswith("@{ ") and line.endswith(" }"):
            cases.append(Case(f"{topic}-{len(cases)+1}", line[2:-1], "multi"))
        elif line == "~{":
            same = []
        elif line.startswith("~ "):
            cases[-1].same = line[2:]
        elif not line.strip() or line.startswith("//"):
            continue
        elif line.startswith("#"):
            cases[-1].flags.add(line[1:].strip())
        elif line.startswith("=> "):
            decoder = json.JSONDecoder()
            value, end = decoder.raw_decode(line[3:])
            note = line[3 + end:].strip().lstrip("#").strip()
            kind, _, reason = note.partition(":")
            cases[-1].override = (value, {".NET 8": "net8", "hand": "hand"}[kind.strip()], reason.strip())
        elif line[0] in " \t":
            assert cases and cases[-1].form == "single", f"{path}:{number}: nothing to continue"
            cases[-1].code += "\n" + line
        else:
            cases.append(Case(f"{topic}-{len(cases)+1}", line, "single"))
    assert body is None, f"{path}: body without end"
    return cases


def read_corpus(path, named):
    cases = []
    for line in open(path, encoding="utf-8"):
        entry = json.loads(line)
        substituted = lambda text: re.sub(r"\{\{([^{}]+)\}\}", lambda m: named.get(m.group(1).strip(), "nv-" + m.group(1).strip()), text)
        code = substituted(entry["code"])
        case = Case(entry["id"], code, entry["form"])
        case.extra = {"files": entry["files"]}
        case.flags, case.same = set(entry.get("flags", [])), substituted(entry["same"]) if "same" in entry else None
        if CLOCK_OR_CHANCE.search(code) and "steady" not in case.flags:
            case.flags.add("volatile")
        cases.append(case)
    return cases


def function(case, n):
    code = case.same or case.code
    text = f"return (\n{code.strip()}\n);" if case.form == "single" else code
    return f"#line 1 \"{case.id}\"\nstatic object C{n}(IContext context) {{\n{text}\n}}\n"


def source(cases):
    out = [USINGS, "public static class Cases {\n"]
    out += [function(case, n) for n, case in enumerate(cases)]
    out.append("public static readonly List<KeyValuePair<string, Func<IContext, object>>> All = new List<KeyValuePair<string, Func<IContext, object>>> {\n")
    out += [f"new KeyValuePair<string, Func<IContext, object>>(\"{case.id}\", C{n}),\n" for n, case in enumerate(cases)]
    return "".join(out) + "};\n}\n"


def sources(cases, name, run):
    """What runs is one program; what must not compile is a file a case, so that a syntax error spoils no other."""
    texts = [source(cases)] if run else [USINGS + f"static class Case{n} {{\n{function(case, n)}\n}}\n" for n, case in enumerate(cases)]
    files = [f"{WORK}/{name}-{n}.cs" for n in range(len(texts))]
    for file, text in zip(files, texts):
        open(file, "w", encoding="utf-8").write(text)
    return files


def compiler(*arguments):
    """Roslyn, on the runtime it compiles for: Compile.cs (built by generate.sh) is the program of the moment."""
    subprocess.run(["cp", f"{WORK}/Compile.exe", f"{WORK}/runtime/azmcp.dll"], check=True)
    return subprocess.run([f"{WORK}/runtime/azmcp", f"{WORK}/roslyn", *arguments], capture_output=True, text=True, timeout=300)


def compile_cases(cases, name, run=True):
    """Compiles what compiles; a case with an error leaves the program and keeps the error. Ends because each round drops a case."""
    cases = list(cases)
    while True:
        files = sources(cases, name, run) + [f"{HERE}/{f}" for f in (("Harness.cs",) if run else ()) + ("context.cs",)]
        done = compiler(f"{WORK}/{name}.exe", "exe" if run else "library", *files)
        errors = re.findall(r"^(\S+?)\((\d+),\d+\): error (CS\d+): (.*)$", done.stdout + done.stderr, re.M)
        if done.returncode == 0:
            return cases
        bad = {}
        for ident, _, code, message in errors:
            bad.setdefault(os.path.basename(ident), f"{code}: {message}")
        hit = [case for case in cases if case.id in bad]
        if run and any(SYNTAX.match(message) for message in bad.values()):     # a syntax error may spoil the next case: try that one again
            position = {case.id: n for n, case in enumerate(cases)}
            places = {position[case.id] for case in hit}
            hit = [case for case in hit if position[case.id] - 1 not in places]
        if not hit:
            sys.exit("cannot compile:\n" + (done.stdout + done.stderr)[:4000])
        print(f"  {name}: {len(hit)} refused, {hit[0].id} {bad[hit[0].id]}"[:150], file=sys.stderr, flush=True)
        for case in hit:
            case.error = re.sub(r"Cases?\d*\.C\d+\(IContext\)", "expression", bad[case.id])
        cases = [c for c in cases if c.error is None]


def run_cases(cases, name, exchange="context.json"):
    result, environment = f"{WORK}/{name}.out", dict(os.environ, TZ="UTC", LC_ALL="C", POSTERN_CONTEXT=f"{HERE}/{exchange}")
    subprocess.run(["cp", f"{WORK}/{name}.exe", f"{WORK}/runtime/azmcp.dll"], check=True)
    subprocess.run([f"{WORK}/runtime/azmcp", result], check=True, env=environment, timeout=120)
    return {(entry := json.loads(line))["id"]: entry for line in open(result, encoding="utf-8")}


def table(cases, name, target, exchanges=("context.json",)):
    # What must not compile goes first and alone.
    bad = compile_cases([case for case in cases if "compile-error" in case.flags], name + "-errors", run=False)
    rows, dropped = [], [f"{case.id}: compiles, against its mark\n    {case.code.strip()[:150]}" for case in bad]
    compiled = compile_cases([case for case in cases if "compile-error" not in case.flags], name)
    for exchange in exchanges:
        results = run_cases(compiled, name, exchange)
        again = run_cases(compiled, name, exchange)      # what differs between two runs depends on clock or chance
        rows += judge(cases, name, exchange, results, again, dropped)
    with open(f"{HERE}/{target}", "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{target}: {len(rows)} rows, {sum('throws' in r for r in rows)} throw, {sum('compile_error' in r for r in rows)} must not compile, "
          f"{sum('volatile' in r for r in rows)} volatile, {len(dropped)} dropped")
    for text in dropped:
        print("  dropped", text)


def judge(cases, name, exchange, results, again, dropped):
    """The table's rows for one exchange; what cannot be stated goes to `dropped`."""
    rows = []
    for case in cases:
        row = {"id": case.id, "code": case.code, "form": case.form, **case.extra}
        if case.same:
            row["same"] = True
        if exchange != "context.json":
            row["id"] += "@" + exchange[len("context-"):-len(".json")]
        row["context"] = exchange
        got = results.get(case.id)
        if case.override:
            value, key, reason = case.override
            row.update(value)
            row[key] = reason
        elif got is None:
            if "compile-error" not in case.flags and name == "table":
                dropped.append(f"{case.id}: {case.error}\n    {case.code.strip()[:150]}")
                continue
            row["compile_error"] = case.error
        elif "volatile" in case.flags and "throws" not in got or got != again.get(case.id):
            if name == "table" and "volatile" not in case.flags:
                dropped.append(f"{case.id}: differs between two runs\n    {case.code.strip()[:150]}")
                continue
            row.update(type=got.get("type", got.get("throws")), volatile=True)
        else:
            row.update({k: v for k, v in got.items() if k != "id"})
            if "throws" in row:
                row["message_matters"] = "no-message" not in case.flags and "Mock" not in row["message"]
        for flag in case.flags - {"compile-error", "volatile", "no-message", "steady"}:
            row[flag] = True
        rows.append(row)
    return rows


def trial(cases):
    """Prints what C# answers and leaves it in trial.jsonl, for the test that POSTERN_TRIAL starts. Refused cases need no mark."""
    results = run_cases(compile_cases(compile_cases(cases, "trial-errors", run=False), "trial"), "trial")
    with open(f"{WORK}/trial.jsonl", "w", encoding="utf-8") as out:
        for row in judge(cases, "trial", "context.json", results, results, []):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(row["id"], json.dumps(row["code"].strip()[:110]), {k: v for k, v in row.items() if k not in ("id", "code", "form", "context")})


def members():
    """members.txt: what the allowed types have, by reflection."""
    done = compiler(f"{WORK}/members.exe", "exe", f"{HERE}/Members.cs")
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    subprocess.run(["cp", f"{WORK}/members.exe", f"{WORK}/runtime/azmcp.dll"], check=True)
    subprocess.run([f"{WORK}/runtime/azmcp", f"{HERE}/members.txt"], check=True, timeout=120)


def main():
    wanted = sys.argv[1:]
    if wanted in ([], ["--members"]):
        members()
        if wanted:
            return
    files = sorted(f for f in os.listdir(f"{HERE}/cases") if f.endswith(".txt"))
    if wanted:                                  # a trial of some topics writes no table
        files = [f for f in files if f[:-4] in wanted] + [os.path.abspath(f) for f in wanted if f.endswith(".txt")]
    cases = [case for f in files for case in read_cases(os.path.join(HERE, "cases", f))]
    if wanted:
        return trial(cases)
    table(cases, "table", "table.jsonl")
    if os.path.exists(f"{HERE}/corpus.jsonl"):
        named = json.load(open(f"{HERE}/context.json", encoding="utf-8"))["namedValues"]
        table(read_corpus(f"{HERE}/corpus.jsonl", named), "corpus", "corpus-table.jsonl", ("context.json", "context-bare.json"))


main()
