/* GMime as Swift sees it, and the few macros of GObject that Swift cannot. */
#ifndef CGMIME_SHIM_H
#define CGMIME_SHIM_H

#include <gmime/gmime.h>

/* A leaf with content of its own. */
static inline gboolean cg_is_part(GMimeObject *object) { return GMIME_IS_PART(object); }
static inline gboolean cg_is_text(GMimeObject *object) { return GMIME_IS_TEXT_PART(object); }
static inline gboolean cg_is_multipart(GMimeObject *object) { return GMIME_IS_MULTIPART(object); }
/* A message within a message. */
static inline gboolean cg_is_message(GMimeObject *object) { return GMIME_IS_MESSAGE_PART(object); }

static inline GMimePart *cg_part(GMimeObject *object) { return GMIME_PART(object); }
static inline GMimeTextPart *cg_text(GMimeObject *object) { return GMIME_TEXT_PART(object); }
static inline GMimeMultipart *cg_multipart(GMimeObject *object) { return GMIME_MULTIPART(object); }
static inline GMimeMessagePart *cg_message(GMimeObject *object) { return GMIME_MESSAGE_PART(object); }
static inline GMimeObject *cg_object(GMimeMessage *message) { return GMIME_OBJECT(message); }

static inline gboolean cg_is_group(InternetAddress *address) { return INTERNET_ADDRESS_IS_GROUP(address); }
static inline InternetAddressGroup *cg_group(InternetAddress *address) { return INTERNET_ADDRESS_GROUP(address); }
static inline gboolean cg_is_mailbox(InternetAddress *address) { return INTERNET_ADDRESS_IS_MAILBOX(address); }
static inline InternetAddressMailbox *cg_mailbox(InternetAddress *address) { return INTERNET_ADDRESS_MAILBOX(address); }

/* A stream on bytes [start, end) of a descriptor, which stays open when the stream is gone. */
static inline GMimeStream *cg_stream_on(int fd, gint64 start, gint64 end) {
  GMimeStream *stream = g_mime_stream_fs_new_with_bounds(fd, start, end);
  g_mime_stream_fs_set_owner(GMIME_STREAM_FS(stream), FALSE);
  return stream;
}

/* What is read from the stream that this returns is decoded. */
static inline GMimeStream *cg_decoding_stream(GMimeStream *source, GMimeContentEncoding encoding) {
  GMimeStream *stream = g_mime_stream_filter_new(source);
  GMimeFilter *filter = g_mime_filter_basic_new(encoding, FALSE);
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(stream), filter);
  g_object_unref(filter);
  return stream;
}

static inline GByteArray *cg_memory_of(GMimeStream *stream) {
  return g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
}

static inline gboolean cg_can_convert(const char *charset) {
  iconv_t conversion = g_mime_iconv_open("UTF-8", charset);
  if (conversion == (iconv_t) -1) return FALSE;
  g_mime_iconv_close(conversion);
  return TRUE;
}

#endif
