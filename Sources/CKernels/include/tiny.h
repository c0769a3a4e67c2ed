#ifndef ZOO_TINY_H
#define ZOO_TINY_H

/// From now on this thread takes numbers nearer to zero than 1e-38 for zero, as TensorFlow's threads do: computing with
/// them takes a processor many times as long as with others.
///
/// Returns how it was before, for `zoo_restore_tiny`.
unsigned long zoo_flush_tiny(void);

void zoo_restore_tiny(unsigned long state);

#endif
