libcore_a_SOURCES += \
	src/cli/answer.c	src/cli/answer.h	\
	src/cli/check.c					\
	src/cli/commands.c	src/cli/commands.h	\
	src/cli/configure.c	src/cli/configure.h	\
	src/cli/counts.c	src/cli/counts.h	\
	src/cli/draw.c		src/cli/draw.h		\
	src/cli/draw_timeline.c				\
	src/cli/explain.c				\
	src/cli/generation.c	src/cli/generation.h	\
	src/cli/headline.c	src/cli/headline.h	\
	src/cli/help.c		src/cli/help.h		\
	src/cli/incidents.c				\
	src/cli/listing.c	src/cli/listing.h	\
	src/cli/manual.c	src/cli/manual.h	\
	src/cli/matches.c	src/cli/matches.h	\
	src/cli/option.c	src/cli/option.h	\
	src/cli/option_rows.c				\
	src/cli/place.c		src/cli/place.h		\
	src/cli/reconcile.c				\
	src/cli/roff.c		src/cli/roff.h		\
	src/cli/run.c					\
	src/cli/scan.c					\
	src/cli/schema.c				\
	src/cli/screen.c	src/cli/screen.h	\
	src/cli/show.c					\
	src/cli/target.c	src/cli/target.h	\
	src/cli/topics.h				\
	src/cli/status.c	\
	src/cli/version.c
