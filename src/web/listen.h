/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket: "127.0.0.1:9464", "[::1]:0", "localhost:9464" or
 * "unix:/run/x.sock". Only loopback: what the server tells is not for the network. Any
 * thread.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

/*
 * The descriptor (close-on-exec), or a negative errno value: -EINVAL not such an address,
 * -EACCES not loopback, -EADDRINUSE taken. A dead unix socket's file is replaced; a new
 * one is 0660.
 */
MUST_USE int listen_open(struct str address);

/* Removes the file of a unix socket, before it is closed. */
void listen_forget(int fd);

/* The port the kernel chose, 0 for a unix socket. */
int listen_port(int fd);
