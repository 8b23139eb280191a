// The C# compiler of the generator: runs Roslyn, found by reflection, on the runtime whose assemblies it compiles against.
// arguments: FOLDER-OF-ROSLYN OUTPUT kind(exe|library) file…
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;

public static class Program
{
    static Assembly common, csharp;

    public static int Main(string[] arguments)
    {
        AppDomain.CurrentDomain.AssemblyResolve += delegate(object sender, ResolveEventArgs wanted)
        {
            var path = Path.Combine(arguments[0], new AssemblyName(wanted.Name).Name + ".dll");
            return File.Exists(path) ? Assembly.LoadFrom(path) : null;
        };
        common = Assembly.LoadFrom(Path.Combine(arguments[0], "Microsoft.CodeAnalysis.dll"));
        csharp = Assembly.LoadFrom(Path.Combine(arguments[0], "Microsoft.CodeAnalysis.CSharp.dll"));
        var parse = Options("CSharpParseOptions");
        parse = parse.GetType().GetMethod("WithLanguageVersion").Invoke(parse, new[] { Constant(csharp, "CSharp.LanguageVersion", "CSharp7_3") });
        var treeType = common.GetType("Microsoft.CodeAnalysis.SyntaxTree");
        var trees = Array.CreateInstance(treeType, arguments.Length - 3);
        for (var n = 3; n < arguments.Length; n++)
            trees.SetValue(Call(csharp.GetType("Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree"), "ParseText", null, File.ReadAllText(arguments[n]), parse, arguments[n]), n - 3);
        var options = Activator(csharp.GetType("Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions"), Constant(common, "OutputKind", arguments[2] == "exe" ? "ConsoleApplication" : "DynamicallyLinkedLibrary"));
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location);
        var referenceType = common.GetType("Microsoft.CodeAnalysis.MetadataReference");
        var files = Directory.GetFiles(folder, "*.dll").Where(f => Path.GetFileName(f).StartsWith("System.") || Path.GetFileName(f) == "Microsoft.CSharp.dll" || Path.GetFileName(f) == "netstandard.dll" || Path.GetFileName(f) == "Newtonsoft.Json.dll" || Path.GetFileName(f) == "mscorlib.dll").Where(IsManaged).ToArray();
        var references = Array.CreateInstance(referenceType, files.Length);
        for (var n = 0; n < files.Length; n++) references.SetValue(Call(referenceType, "CreateFromFile", null, files[n]), n);
        var compilation = Call(csharp.GetType("Microsoft.CodeAnalysis.CSharp.CSharpCompilation"), "Create", null, Path.GetFileNameWithoutExtension(arguments[1]), trees, references, options);
        object result;
        using (var output = File.Create(arguments[1])) result = Call(compilation.GetType(), "Emit", compilation, output);
        var diagnostics = (System.Collections.IEnumerable)result.GetType().GetProperty("Diagnostics").GetValue(result);
        foreach (var diagnostic in diagnostics)
            if (diagnostic.GetType().GetProperty("Severity").GetValue(diagnostic).ToString() == "Error") Console.WriteLine(Place(diagnostic) + ": error " + diagnostic.GetType().GetProperty("Id").GetValue(diagnostic) + ": " + diagnostic.GetType().GetMethod("GetMessage").Invoke(diagnostic, new object[] { null }));
        return (bool)result.GetType().GetProperty("Success").GetValue(result) ? 0 : 1;
    }

    static bool IsManaged(string file) { try { AssemblyName.GetAssemblyName(file); return true; } catch (BadImageFormatException) { return false; } }

    static string Place(object diagnostic)
    {
        var location = diagnostic.GetType().GetProperty("Location").GetValue(diagnostic);
        var span = location.GetType().GetMethod("GetMappedLineSpan").Invoke(location, null);
        var start = span.GetType().GetProperty("StartLinePosition").GetValue(span);
        return span.GetType().GetProperty("Path").GetValue(span) + "(" + ((int)start.GetType().GetProperty("Line").GetValue(start) + 1) + "," + ((int)start.GetType().GetProperty("Character").GetValue(start) + 1) + ")";
    }

    static object Options(string name) { return csharp.GetType("Microsoft.CodeAnalysis.CSharp." + name).GetProperty("Default").GetValue(null); }

    static object Constant(Assembly assembly, string of, string name) { return Enum.Parse(assembly.GetType("Microsoft.CodeAnalysis." + of), name); }

    static object Activator(Type of, params object[] given)
    {
        foreach (var constructor in of.GetConstructors().OrderByDescending(c => c.GetParameters().Length))
            if (Fits(constructor, given)) return constructor.Invoke(Filled(constructor, given));
        throw new MissingMethodException(of.Name);
    }

    /// Calls the overload with the most parameters whose first ones take what is given; the rest take their defaults.
    static object Call(Type of, string name, object target, params object[] given)
    {
        foreach (var method in of.GetMethods().Where(m => m.Name == name && m.IsStatic == (target == null)).OrderByDescending(m => m.GetParameters().Length))
            if (Fits(method, given)) return method.Invoke(target, Filled(method, given));
        throw new MissingMethodException(name);
    }

    static bool Fits(MethodBase method, object[] given)
    {
        var parameters = method.GetParameters();
        return parameters.Length >= given.Length && !parameters.Where((p, n) => n < given.Length ? !p.ParameterType.IsInstanceOfType(given[n]) : !p.IsOptional).Any();
    }

    static object[] Filled(MethodBase method, object[] given)
    {
        return method.GetParameters().Select((p, n) => n < given.Length ? given[n] : p.DefaultValue == DBNull.Value || p.DefaultValue == null && p.ParameterType.IsValueType ? (p.ParameterType.IsValueType ? System.Activator.CreateInstance(p.ParameterType) : null) : p.DefaultValue).ToArray();
    }
}
