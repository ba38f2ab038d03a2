"""Names that a language or its usual host provides without an import: a bare use of one is never stale for sure."""

from __future__ import annotations

import builtins
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SCRIPT = _words("""
    AbortController AggregateError Array ArrayBuffer ArrayLike AsyncGenerator AsyncIterable AsyncIterator Awaited
    BigInt Blob Boolean BroadcastChannel Buffer Capitalize ConstructorParameters Crypto CustomEvent DOMParser
    DataView Date Document Element Error Event EventSource EventTarget Exclude Extract File FileReader FormData
    Function Generator HTMLElement Headers Image Infinity InstanceType IntersectionObserver Intl Iterable
    IterableIterator Iterator JSON KeyboardEvent Lowercase Map Math MessageChannel MouseEvent MutationObserver NaN
    NoInfer Node NodeList NonNullable Number Object Omit OmitThisParameter Parameters Partial Pick Promise
    PromiseConstructorLike PromiseLike PropertyDescriptor PropertyKey Proxy RangeError ReadableStream Readonly
    ReadonlyArray ReadonlyMap ReadonlySet Record ReferenceError Reflect RegExp Request Required ResizeObserver
    Response ReturnType Set String Symbol SyntaxError TemplateStringsArray TextDecoder TextEncoder
    ThisParameterType ThisType TypeError URIError URL URLSearchParams Uncapitalize Uppercase WeakMap WeakRef
    WeakSet WebSocket Window Worker XMLHttpRequest afterAll afterEach alert atob beforeAll beforeEach blur btoa
    cancelAnimationFrame clearInterval clearTimeout close confirm console crypto customElements describe document
    escape eval event expect exports fetch focus getComputedStyle global globalThis history isFinite isNaN it jest
    length localStorage location matchMedia module name navigator open origin parent parseFloat parseInt
    performance print process prompt queueMicrotask requestAnimationFrame require screen scroll scrollTo self
    sessionStorage setImmediate setInterval setTimeout status stop structuredClone test top undefined unescape vi
    window
""")
_GO = _words("""
    any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false float32
    float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune
    string true uint uint16 uint32 uint64 uint8 uintptr
""")
_JAVA = _words("""
    AutoCloseable Boolean Byte CharSequence Character Class ClassLoader Cloneable Comparable Deprecated Double Enum
    Error Exception Float FunctionalInterface Integer Iterable Long Math Module Number Object Override Package
    Process ProcessBuilder Readable Record Runnable Runtime RuntimeException SafeVarargs Short StackWalker String
    StringBuffer StringBuilder SuppressWarnings System Thread ThreadGroup ThreadLocal Throwable Void clone equals
    finalize getClass hashCode notify notifyAll toString wait
""")

PREDECLARED: Mapping[str, frozenset[str]] = {
    "python": frozenset(dir(builtins)),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": _GO,
    "java": _JAVA,
}
