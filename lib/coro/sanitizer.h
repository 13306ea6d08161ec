#ifndef CORO_SANITIZER_H
#define CORO_SANITIZER_H

/* Which tools must be told of stacks and switches. gcc defines __SANITIZE_...__, clang answers
 * __has_feature. */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORO_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define CORO_TSAN 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#define CORO_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define CORO_TSAN 1
#endif

/* Not instrumented at all, not even its entry and exit: between telling ThreadSanitizer of a switch
 * and the switch itself it would book a call to the wrong fiber. */
#ifdef __clang__
#define CORO_UNINSTRUMENTED __attribute__((noinline, disable_sanitizer_instrumentation))
#else
#define CORO_UNINSTRUMENTED __attribute__((noinline, no_sanitize("thread")))
#endif

#endif
