libcore_a_SOURCES += \
	src/incident/advance.c	src/incident/advance.h	\
	src/incident/asked.c	src/incident/asked.h	\
	src/incident/birth.c	src/incident/birth.h	\
	src/incident/body.c	src/incident/body.h	\
	src/incident/deaths.c	src/incident/deaths.h	\
	src/incident/entry.c	src/incident/entry.h	\
	src/incident/explain.c	src/incident/explain.h	\
	src/incident/impact.c	src/incident/impact.h	\
	src/incident/incident.c	src/incident/incident.h	\
	src/incident/index.c	src/incident/index.h	\
	src/incident/ledger.c	src/incident/ledger.h	\
	src/incident/life.c	src/incident/life.h	\
	src/incident/member.c	src/incident/member.h	\
	src/incident/mute.c	src/incident/mute.h	\
	src/incident/plan.c	src/incident/plan.h	\
	src/incident/promise.c	src/incident/promise.h	\
	src/incident/publish.c	src/incident/publish.h	\
	src/incident/report.c	src/incident/report.h	\
	src/incident/restore.c	src/incident/restore.h	\
	src/incident/route.c	src/incident/route.h	\
	src/incident/row.c	src/incident/row.h	\
	src/incident/saved.c	src/incident/saved.h	\
	src/incident/saved_row.h			\
	src/incident/state.h				\
	src/incident/tally.c	src/incident/tally.h	\
	src/incident/supersede.c src/incident/supersede.h \
	src/incident/template.c	src/incident/template.h	\
	src/incident/text.c	src/incident/text.h	\
	src/incident/timeline.c	src/incident/timeline.h
