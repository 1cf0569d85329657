libcore_a_SOURCES += \
	src/pipeline/ahead.c	src/pipeline/ahead.h	\
	src/pipeline/batch.c	src/pipeline/batch.h	\
	src/pipeline/batch_settle.c	src/pipeline/batch_state.h	\
	src/pipeline/channel.c	src/pipeline/channel.h	\
	src/pipeline/daemon.c	src/pipeline/daemon.h	\
	src/pipeline/equals.c	src/pipeline/equals.h	\
	src/pipeline/follow.c	src/pipeline/follow.h	\
	src/pipeline/held.c	src/pipeline/held.h	\
	src/pipeline/inputs.c	src/pipeline/inputs.h	\
	src/pipeline/intake.c	src/pipeline/intake.h	\
	src/pipeline/intake_rows.c	\
	src/pipeline/intake_state.h	\
	src/pipeline/live.c	src/pipeline/live.h	\
	src/pipeline/look.c	src/pipeline/look.h	\
	src/pipeline/losses.c	src/pipeline/losses.h	\
	src/pipeline/outputs.c	src/pipeline/outputs.h	\
	src/pipeline/pipe.c	src/pipeline/pipe.h	\
	src/pipeline/pipe_source.c	src/pipeline/pipe_source.h	\
	src/pipeline/pulse.c	src/pipeline/pulse.h	\
	src/pipeline/recall.c	src/pipeline/recall.h	\
	src/pipeline/repeat.c	src/pipeline/repeat.h	\
	src/pipeline/result.c	src/pipeline/result.h	\
	src/pipeline/ruletest.c	src/pipeline/ruletest.h	\
	src/pipeline/session.h	\
	src/pipeline/status.c
