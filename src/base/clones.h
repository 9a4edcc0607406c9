/* FM_CLONES before a function compiles it several times, for processors with and without wide
 * vectors; the loader picks the fastest clone that the processor supports (function
 * multiversioning). The macro is empty where compiler or C library lack this, and with sanitizers,
 * whose code must not run that early. Every clone of the function must compute the same bits. */
#ifndef FM_BASE_CLONES_H
#define FM_BASE_CLONES_H

#include <stddef.h> /* defines __GLIBC__ */

#ifdef __has_feature
#define FM_HAS_FEATURE(name) __has_feature(name)
#else
#define FM_HAS_FEATURE(name) 0
#endif

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) &&                              \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&                             \
    !FM_HAS_FEATURE(address_sanitizer) && !FM_HAS_FEATURE(thread_sanitizer)
#define FM_CLONES __attribute__((target_clones("default", "fma", "avx512f")))
#else
#define FM_CLONES
#endif

#endif
