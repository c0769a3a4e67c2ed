#include "tiny.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

// Intel's manual, volume 1, 10.2.3: results (bit 15) and operands (bit 6).
enum { flush = 1 << 15 | 1 << 6 };

unsigned long zoo_flush_tiny(void) {
  const unsigned state = _mm_getcsr();
  _mm_setcsr(state | flush);
  return state;
}

void zoo_restore_tiny(unsigned long state) { _mm_setcsr((unsigned)state); }
#elif defined(__aarch64__)
// Arm's manual, FPCR: FZ.
enum { flush = 1 << 24 };

unsigned long zoo_flush_tiny(void) {
  unsigned long state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  zoo_restore_tiny(state | flush);
  return state;
}

void zoo_restore_tiny(unsigned long state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }
#else
unsigned long zoo_flush_tiny(void) { return 0; }

void zoo_restore_tiny(unsigned long state) { (void)state; }
#endif
