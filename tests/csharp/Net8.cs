// Members that .NET 8 has and the reference assemblies of the compiler lack. Each calls the real member of the runtime it runs on, so the
// result is .NET's own. An extension method is chosen only where no instance method applies: `s.Split(',')` stays the real one.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

public static class Net8
{
    static object Call(object target, string name, Type[] types, params object[] arguments)
    {
        var method = target.GetType().GetMethod(name, types);
        try { return method.Invoke(target, arguments); }
        catch (TargetInvocationException e) { System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e.InnerException).Throw(); throw; }
    }

    public static string[] Split(this string text, string separator, StringSplitOptions options = StringSplitOptions.None)
    { return (string[])Call(text, "Split", new[] { typeof(string), typeof(StringSplitOptions) }, separator, options); }
    public static string[] Split(this string text, string separator, int count, StringSplitOptions options = StringSplitOptions.None)
    { return (string[])Call(text, "Split", new[] { typeof(string), typeof(int), typeof(StringSplitOptions) }, separator, count, options); }
    public static string[] Split(this string text, char separator, StringSplitOptions options)
    { return (string[])Call(text, "Split", new[] { typeof(char), typeof(StringSplitOptions) }, separator, options); }
    public static string[] Split(this string text, char separator, int count, StringSplitOptions options = StringSplitOptions.None)
    { return (string[])Call(text, "Split", new[] { typeof(char), typeof(int), typeof(StringSplitOptions) }, separator, count, options); }
    public static bool Contains(this string text, string part, StringComparison comparison)
    { return (bool)Call(text, "Contains", new[] { typeof(string), typeof(StringComparison) }, part, comparison); }
    public static bool Contains(this string text, char part, StringComparison comparison)
    { return (bool)Call(text, "Contains", new[] { typeof(char), typeof(StringComparison) }, part, comparison); }
    public static bool StartsWith(this string text, char part) { return (bool)Call(text, "StartsWith", new[] { typeof(char) }, part); }
    public static bool EndsWith(this string text, char part) { return (bool)Call(text, "EndsWith", new[] { typeof(char) }, part); }
    public static string Replace(this string text, string old, string replacement, StringComparison comparison)
    { return (string)Call(text, "Replace", new[] { typeof(string), typeof(string), typeof(StringComparison) }, old, replacement, comparison); }
    public static int IndexOf(this string text, char part, StringComparison comparison)
    { return (int)Call(text, "IndexOf", new[] { typeof(char), typeof(StringComparison) }, part, comparison); }
    public static bool TryAdd<K, V>(this Dictionary<K, V> map, K key, V value)
    { return (bool)Call(map, "TryAdd", new[] { typeof(K), typeof(V) }, key, value); }
    public static V GetValueOrDefault<K, V>(this Dictionary<K, V> map, K key) { V found; return map.TryGetValue(key, out found) ? found : default(V); }
    public static V GetValueOrDefault<K, V>(this Dictionary<K, V> map, K key, V other) { V found; return map.TryGetValue(key, out found) ? found : other; }
    public static bool TryPeek<T>(this Queue<T> queue, out T item) { item = queue.Count > 0 ? queue.Peek() : default(T); return queue.Count > 0; }
    public static bool TryDequeue<T>(this Queue<T> queue, out T item) { item = queue.Count > 0 ? queue.Peek() : default(T); if (queue.Count == 0) return false; queue.Dequeue(); return true; }
    public static bool TryPop<T>(this Stack<T> stack, out T item) { item = stack.Count > 0 ? stack.Peek() : default(T); if (stack.Count == 0) return false; stack.Pop(); return true; }
}
