#ifndef CSODIUM_SHIM_H
#define CSODIUM_SHIM_H

#include <sodium.h>

// Swift does not import libsodium's hash state, which is packed and
// over-aligned at once. This one has its size. libsodium reads the state
// through a packed type of its own, so eight bytes of alignment are enough.
typedef struct {
  unsigned long long words[48];
} casevault_hash_state;

_Static_assert(sizeof(casevault_hash_state) == sizeof(crypto_generichash_blake2b_state),
               "the size of BLAKE2b's state");

static inline int casevault_hash_begin(casevault_hash_state *state, const unsigned char *key,
                                       size_t key_size, const unsigned char *personal) {
  return crypto_generichash_blake2b_init_salt_personal(
      (crypto_generichash_blake2b_state *)(void *)state, key, key_size, 32, NULL, personal);
}

static inline void casevault_hash_add(casevault_hash_state *state, const unsigned char *bytes,
                                      size_t count) {
  crypto_generichash_blake2b_update((crypto_generichash_blake2b_state *)(void *)state, bytes,
                                    count);
}

static inline void casevault_hash_end(casevault_hash_state *state, unsigned char *digest) {
  crypto_generichash_blake2b_final((crypto_generichash_blake2b_state *)(void *)state, digest, 32);
}

#endif
