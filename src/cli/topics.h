/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that the tables of several commands share: exit codes, files, variables.
 */
#pragma once

#define EXIT_ROW_USAGE                           \
	{                                        \
		"2", "the command line is wrong" \
	}
#define EXIT_ROW_UNAVAILABLE                                            \
	{                                                               \
		"69", "nothing there: no such input, store or incident" \
	}
#define EXIT_ROW_IO                                               \
	{                                                         \
		"74", "the input, the store or the output failed" \
	}
#define EXIT_ROW_TEMPORARY                                                               \
	{                                                                                \
		"75", "not now: another process holds the store, or findings are still " \
		      "to be sent"                                                       \
	}
#define EXIT_ROW_PERMISSION           \
	{                             \
		"77", "no permission" \
	}
#define EXIT_ROW_CONFIG                                            \
	{                                                          \
		"78", "an error in a rule or in the configuration" \
	}

/* The build puts the folder in: pages must not depend on it. */
#define FILE_ROW_CONF                                                          \
	{                                                                      \
		"@confdir@/gumshoe.yaml", "the configuration of `gumshoe run`" \
	}
#define FILE_ROW_RULES                            \
	{                                         \
		"@rulesdir@", "the shipped rules" \
	}
#define FILE_ROW_STORE                                                                \
	{                                                                             \
		"$XDG_STATE_HOME/gumshoe/last.db", "what the last scan found "        \
						   "(~/.local/state/gumshoe/last.db " \
						   "without the variable)"            \
	}

#define ENV_ROW_RULES                                                            \
	{                                                                        \
		"GUMSHOE_RULES", "folder or file of rules when there is no `-r`" \
	}
#define ENV_ROW_STATE                                                    \
	{                                                                \
		"XDG_STATE_HOME", "where the last scan's result is kept" \
	}
#define ENV_ROW_COLOR                                    \
	{                                                \
		"NO_COLOR", "when not empty: no colours" \
	}
#define ENV_ROW_COLUMNS                                                      \
	{                                                                    \
		"COLUMNS", "width of the text when it is not the terminal's" \
	}
