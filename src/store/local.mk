libcore_a_SOURCES += \
	src/store/aside.c	src/store/aside.h	\
	src/store/db.c		src/store/db.h		\
	src/store/entries.c	src/store/entries.h	\
	src/store/entry_body.c	src/store/entry_body.h	\
	src/store/entry_cut.c	\
	src/store/entry_query.c	\
	src/store/facts.c	\
	src/store/feed.c	src/store/feed.h	\
	src/store/files.c	src/store/files.h	\
	src/store/incident_rows.c src/store/incident_rows.h \
	src/store/incidents.c	\
	src/store/marks.c	\
	src/store/migrate.c	src/store/migrate.h	\
	src/store/names.c	src/store/names.h	\
	src/store/order.c	src/store/order.h	\
	src/store/outbox.c	src/store/outbox.h	\
	src/store/packs.c	src/store/packs.h	\
	src/store/query.c	src/store/query.h	\
	src/store/retain.c	\
	src/store/rows.c	src/store/rows.h	\
	src/store/saved.c	\
	src/store/schema.c	src/store/schema.h	\
	src/store/shelf.c	src/store/shelf.h	\
	src/store/shelf_sort.c	\
	src/store/store.c	src/store/store.h	\
	src/store/stream.c	src/store/stream.h	\
	src/store/touches.c	src/store/touches.h	\
	src/store/writeout.c	src/store/writeout.h
