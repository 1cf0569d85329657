/* SPDX-License-Identifier: Apache-2.0 */
/* Logins and registrations: the front-end's only lines with a response time. */
#pragma once

#include "world.h"

/* How long an answer takes now, in ns. */
int64_t login_time(struct world *w);

/* Someone logs in: without credentials, with wrong ones, or well. */
void login_try(struct world *w);

/* Someone registers, or tries a name that is taken. */
void login_register(struct world *w, bool duplicate);
