// Runs every case and prints one JSON object a line. The text of a value is defined in README.md ("Canonical text").
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Newtonsoft.Json.Linq;

public static class Canon
{
    /// Longest list that is written out; an endless sequence must not hang the generator.
    const int MaxItems = 2000;

    public static string Text(object value)
    {
        if (value == null) return "null";
        if (value is bool) return (bool)value ? "true" : "false";
        if (value is string) return Quote((string)value);
        if (value is char) return Quote(value.ToString());
        if (value is Enum) return value.ToString();
        if (value is double) return ((double)value).ToString("R", CultureInfo.InvariantCulture);
        if (value is float) return ((float)value).ToString("R", CultureInfo.InvariantCulture);
        if (value is DateTime) return ((DateTime)value).ToString("o", CultureInfo.InvariantCulture) + " " + ((DateTime)value).Kind;
        if (value is DateTimeOffset) return ((DateTimeOffset)value).ToString("o", CultureInfo.InvariantCulture);
        if (value is TimeSpan) return ((TimeSpan)value).ToString("c", CultureInfo.InvariantCulture);
        if (value is Guid) return ((Guid)value).ToString("D");
        if (value is Uri) return Quote(((Uri)value).OriginalString);
        if (value is byte[]) return Quote(Convert.ToBase64String((byte[])value));
        if (value is JProperty) return "Property:" + Quote(((JProperty)value).Name) + ":" + ((JProperty)value).Value.ToString(Newtonsoft.Json.Formatting.None);
        if (value is JToken) return ((JToken)value).Type + ":" + ((JToken)value).ToString(Newtonsoft.Json.Formatting.None);
        if (value is XNode) return Quote(((XNode)value).ToString(SaveOptions.DisableFormatting));
        if (value is Exception) return TypeName(value.GetType()) + ": " + Quote(((Exception)value).Message);
        if (value is Capture) return Quote(((Capture)value).Value);
        if (value is Type) return TypeName((Type)value);
        if (value is IFormattable && value.GetType().IsPrimitive || value is decimal)
            return ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);
        return Composite(value);
    }

    static string Composite(object value)
    {
        var type = value.GetType();
        if (IsAnonymous(type))
            return "{ " + string.Join(", ", type.GetProperties().Select(p => p.Name + " = " + Text(p.GetValue(value, null)))) + " }";
        if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            if (definition == typeof(KeyValuePair<,>)) return "(" + Text(Property(value, "Key")) + ", " + Text(Property(value, "Value")) + ")";
            if (definition.FullName.StartsWith("System.Tuple`")) return "(" + string.Join(", ", type.GetProperties().Where(p => p.Name.StartsWith("Item")).Select(p => Text(p.GetValue(value, null)))) + ")";
            if (definition.FullName.StartsWith("System.ValueTuple`")) return "(" + string.Join(", ", type.GetFields().Where(f => f.Name.StartsWith("Item")).Select(f => Text(f.GetValue(value)))) + ")";
        }
        if (value is IDictionary)
        {
            var entries = new List<string>();
            foreach (DictionaryEntry entry in (IDictionary)value) entries.Add(Text(entry.Key) + ": " + Text(entry.Value));
            return "{" + string.Join(", ", entries) + "}";
        }
        if (value is IEnumerable)
        {
            var items = new List<string>();
            foreach (var item in (IEnumerable)value)
            {
                items.Add(Text(item));
                if (items.Count > MaxItems) throw new InvalidOperationException("harness: more than " + MaxItems + " items");
            }
            var list = "[" + string.Join(", ", items) + "]";
            var grouping = type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IGrouping<,>));
            return grouping == null ? list : Text(grouping.GetProperty("Key").GetValue(value, null)) + " => " + list;
        }
        return Quote(value.ToString());
    }

    static object Property(object value, string name) { return value.GetType().GetProperty(name).GetValue(value, null); }

    static bool IsAnonymous(Type type)
    {
        return type.Name.Contains("Anon") && Attribute.IsDefined(type, typeof(CompilerGeneratedAttribute));
    }

    /// The type as C# would write it in full; a hidden class is named by the interface through which it is used.
    public static string TypeName(Type type)
    {
        if (type == null) return "null";
        if (typeof(Type).IsAssignableFrom(type)) return "System.Type";
        if (type.IsArray) return TypeName(type.GetElementType()) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (IsAnonymous(type)) return "<anonymous>";
        if (type.Name.StartsWith("Mock")) return type.GetInterfaces()[0].Name;
        if (!type.IsVisible && !type.IsInterface)
        {
            foreach (var wanted in new[] { typeof(IGrouping<,>), typeof(ILookup<,>), typeof(IDictionary<,>), typeof(IEnumerable<>) })
            {
                var found = type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == wanted);
                if (found != null) return TypeName(found);
            }
            if (type.BaseType != null && type.BaseType != typeof(object)) return TypeName(type.BaseType);
        }
        var name = (type.Namespace == null ? "" : type.Namespace + ".") + (type.IsNested ? type.DeclaringType.Name.Split('`')[0] + "." : "") + type.Name.Split('`')[0];
        if (type.IsGenericType) name += "<" + string.Join(", ", type.GetGenericArguments().Select(TypeName)) + ">";
        return name;
    }

    /// A JSON string that escapes only what JSON requires.
    public static string Quote(string text)
    {
        var result = new StringBuilder("\"");
        foreach (var c in text)
        {
            switch (c)
            {
                case '"': result.Append("\\\""); break;
                case '\\': result.Append("\\\\"); break;
                case '\n': result.Append("\\n"); break;
                case '\r': result.Append("\\r"); break;
                case '\t': result.Append("\\t"); break;
                case '\b': result.Append("\\b"); break;
                case '\f': result.Append("\\f"); break;
                default:
                    if (c < 32 || c >= 0xD800 && c < 0xE000) result.Append("\\u" + ((int)c).ToString("x4")); else result.Append(c);
                    break;
            }
        }
        return result.Append('"').ToString();
    }
}

public static class Program
{
    public static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        var output = new StreamWriter(arguments.Length > 0 ? arguments[0] : "/dev/stdout", false, new UTF8Encoding(false));
        foreach (var entry in Cases.All)
        {
            var line = new StringBuilder("{\"id\":" + Canon.Quote(entry.Key));
            try
            {
                var context = MockContext.Fresh();
                var value = entry.Value(context);
                var text = Canon.Text(value);
                line.Append(",\"type\":" + Canon.Quote(Canon.TypeName(value == null ? null : value.GetType())) + ",\"value\":" + Canon.Quote(text));
            }
            catch (Exception raised)
            {
                var inner = raised;
                while (inner is TargetInvocationException && inner.InnerException != null) inner = inner.InnerException;
                line.Append(",\"throws\":" + Canon.Quote(Canon.TypeName(inner.GetType())) + ",\"message\":" + Canon.Quote(inner.Message));
            }
            output.Write(line.Append("}\n"));
            output.Flush();
        }
        output.Close();
        return 0;
    }
}
