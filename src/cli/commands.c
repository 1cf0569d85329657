/* SPDX-License-Identifier: Apache-2.0 */
/* All subcommands, in the order of the help. */
#include "cli/commands.h"

const struct command *const command_table[] = { &command_scan, &command_run,
	&command_incidents, &command_show, &command_reconcile, &command_check,
	&command_test, &command_explain, &command_status, &command_schema,
	&command_version, NULL };
