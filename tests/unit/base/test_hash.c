/* SPDX-License-Identifier: Apache-2.0 */
/* hash: the reference vectors of SipHash-2-4 (key 00..0f, input 00, 00 01, ...). */
#include "base/hash.h"

#include "../../tap.h"

/* Of the inputs of 0 to 15 bytes, and of 63. */
static const uint64_t vectors[] = {
	UINT64_C(0x726fdb47dd0e0e31),
	UINT64_C(0x74f839c593dc67fd),
	UINT64_C(0x0d6c8009d9a94f5a),
	UINT64_C(0x85676696d7fb7e2d),
	UINT64_C(0xcf2794e0277187b7),
	UINT64_C(0x18765564cd99a68d),
	UINT64_C(0xcbc9466e58fee3ce),
	UINT64_C(0xab0200f58b01d137),
	UINT64_C(0x93f5f5799a932462),
	UINT64_C(0x9e0082df0ba9e4b0),
	UINT64_C(0x7a5dbbc594ddb9f3),
	UINT64_C(0xf4b32f46226bada7),
	UINT64_C(0x751e8fbc860ee5fb),
	UINT64_C(0x14ea5627c0843d90),
	UINT64_C(0xf723ca908e7af2ee),
	UINT64_C(0xa129ca6149be45e5),
};

int
main(void)
{
	struct hash_key key = { UINT64_C(0x0706050403020100),
		UINT64_C(0x0f0e0d0c0b0a0908) };
	struct hash_key seed = hash_seed(), again = hash_seed();
	char input[64];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		OK(hash_bytes(key, (struct str){ input, i }) == vectors[i]);
	OK(hash_bytes(key, (struct str){ input, 63 }) == UINT64_C(0x958a324ceb064572));
	OK(hash_stable(STR("")) == UINT64_C(0x1e924b9d737700d7));
	OK(hash_stable(STR("a")) != hash_stable(STR("b")));
	OK(hash_stable((struct str){ 0 }) == hash_stable(STR("")));
	OK(hash_mix(1, 2) != hash_mix(2, 1) && hash_mix(1, 2) == hash_mix(1, 2));
	OK(hash_mix(1, 2) == UINT64_C(0xe1f97f802bd05035));
	OK(hash_place(1, 2) != hash_place(2, 1) && hash_place(1, 0) != hash_place(0, 1));
	OK(hash_spread(UINT64_C(0x9e3779b97f4a7c15)) == UINT64_C(0xe220a8397b1dcdaf));
	OK(seed.k0 == again.k0 && seed.k1 == again.k1 && (seed.k0 | seed.k1) != 0);
	return tap_done();
}
