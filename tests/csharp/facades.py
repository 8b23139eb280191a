#!/usr/bin/env python3
"""Builds, for the compiler only, assemblies that forward Newtonsoft.Json's references (System.Runtime, …) to Mono's mscorlib and friends.

usage: facades.py RUNTIME-FOLDER OUTPUT-FOLDER. Needs `dnfile` (reads .NET metadata). The runtime never loads these files."""
import collections, os, re, subprocess, sys
import dnfile

runtime, out = sys.argv[1:3]
os.makedirs(out, exist_ok=True)
KEY_CS = """using System.IO; using System.Reflection;
class Key { static void Main(string[] a) { File.WriteAllBytes(a[1], AssemblyName.GetAssemblyName(a[0]).GetPublicKey()); } }"""
open(f"{out}/key.cs", "w").write(KEY_CS)
subprocess.run(["mcs", f"-out:{out}/key.exe", f"{out}/key.cs"], check=True)
subprocess.run(["mono", f"{out}/key.exe", f"{runtime}/System.Runtime.dll", f"{out}/public.key"], check=True)

tables = dnfile.dnPE(f"{runtime}/Newtonsoft.Json.dll").net.mdtables
types = collections.defaultdict(list)
for row in tables.TypeRef.rows:
    scope = row.ResolutionScope.row
    if type(scope).__name__ == "AssemblyRefRow":
        name, arity = str(row.TypeName), re.match(r"(.*)`(\d+)$", str(row.TypeName))
        name = f"{arity.group(1)}<{',' * (int(arity.group(2)) - 1)}>" if arity else name
        types[str(scope.Name)].append(f"{row.TypeNamespace}.{name}" if str(row.TypeNamespace) else name)
for reference in tables.AssemblyRef.rows:
    name, names = str(reference.Name), types[str(reference.Name)]
    version = f"{reference.MajorVersion}.{reference.MinorVersion}.{reference.BuildNumber}.{reference.RevisionNumber}"
    while True:                                 # ends: each round drops a type that Mono does not have
        lines = [f'[assembly: System.Reflection.AssemblyVersion("{version}")]']
        lines += [f"[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(global::{n}))]" for n in names]
        open(f"{out}/{name}.cs", "w").write("\n".join(lines))
        run = subprocess.run(["mcs", "-target:library", "-delaysign+", f"-keyfile:{out}/public.key", f"-out:{out}/{name}.dll", "-r:System", "-r:System.Core",
                              "-r:System.Xml", "-r:System.Xml.Linq", "-r:System.Data", "-r:System.Numerics", "-r:System.Runtime.Serialization",
                              f"{out}/{name}.cs"], capture_output=True, text=True)
        bad = {int(n) - 2 for n in re.findall(r"\((\d+),\d+\): error", run.stdout + run.stderr)}
        if run.returncode == 0:
            break
        if not bad:
            sys.exit(f"{name}: {run.stdout}{run.stderr}")
        names = [n for i, n in enumerate(names) if i not in bad]
