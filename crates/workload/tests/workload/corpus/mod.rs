//! Example files of every trace format, and the harness that reads damaged ones.

pub mod harness;

fn oracle_record(time: u32, key: u64, size: u32, next: i64) -> Vec<u8> {
    let mut record = time.to_le_bytes().to_vec();
    record.extend(key.to_le_bytes());
    record.extend(size.to_le_bytes());
    record.extend(next.to_le_bytes());
    record
}

/// Encodes one record of the format `vscsi`.
pub fn vscsi_record(length: u32, command: u16, version: u16, block: u64, time: u64) -> Vec<u8> {
    let mut record = vec![0; 4];
    record.extend(length.to_le_bytes());
    record.extend([0; 4]);
    record.extend(command.to_le_bytes());
    record.extend((version << 8).to_le_bytes());
    record.extend(block.to_le_bytes());
    record.extend(time.to_le_bytes());
    record
}

/// Encodes records of 12 or 16 bytes: time, key and size.
fn standard_records(key_bytes: usize) -> Vec<u8> {
    let record = |index: u32| {
        let key = u64::from(index % 5).to_le_bytes();
        [&(7 + index).to_le_bytes()[..], &key[..key_bytes], &(100 + index % 5).to_le_bytes()]
            .concat()
    };
    (0..20).flat_map(record).collect()
}

/// Encodes records with an operation: a write, reads and a delete of five keys.
///
/// `fields` encodes the fields after the key from the key, the number of the operation and the
/// namespace.
fn operation_records(fields: fn(u32, u8, u16) -> Vec<u8>) -> Vec<u8> {
    let record = |index: u32| {
        let key = index % 5;
        let op = match index {
            0 => 3,
            19 => 9,
            _ => 1,
        };
        let after_key = fields(key, op, 1 + index as u16 % 3);
        [&(7 + index).to_le_bytes()[..], &u64::from(key).to_le_bytes(), after_key.as_slice()]
            .concat()
    };
    (0..20).flat_map(record).collect()
}

/// Encodes sizes, operation and time to live as in libCacheSim's traces of Twitter.
///
/// The reads of key 1 find no value.
fn twitter_fields(key: u32, op: u8) -> Vec<u8> {
    let value_bytes = if key == 1 { 0 } else { 100 + key };
    let ttl_s = if op == 3 { 60 } else { 0 };
    let sizes = 40 << 22 | value_bytes;
    [sizes.to_le_bytes(), (u32::from(op) << 24 | ttl_s).to_le_bytes()].concat()
}

/// Encodes size, operation and namespace.
fn namespace_fields(key: u32, op: u8, namespace: u16) -> Vec<u8> {
    [&(100 + key).to_le_bytes()[..], &[op], &namespace.to_le_bytes()].concat()
}

/// Encodes a file of libCacheSim's own format, version 3.
fn lcs_file() -> Vec<u8> {
    let mut file = vec![0; 8_192];
    file[..8].copy_from_slice(&0x1234_5678_9abc_def0_u64.to_le_bytes());
    file[8] = 3;
    for time in [7_u32, 9] {
        file.extend(time.to_le_bytes());
        file.extend(99_u64.to_le_bytes());
        file.extend(10_i64.to_le_bytes());
        file.extend([1, 2, 0, 0]);
        file.extend(60_u32.to_le_bytes());
        file.extend((-1_i64).to_le_bytes());
    }
    file
}

/// Returns the content of a small file in the given format.
pub fn example(format: &str) -> Vec<u8> {
    match format {
        "access-log" => b"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.0\" 200 2326\n\
            ::1 - x [10/Oct/2000:13:55:37 -0700] \"HEAD /a?q HTTP/1.0\" 304 - \"-\" \"x y\"\n\
            h - - [10/Oct/2000:13:55:37 -0700] \"\\x16\\x03\" 400 150 \"-\" \"-\"\n\
            h - - [10/Oct/2000:13:55:38 -0700] \"DELETE /a HTTP/1.1\" 204 0\n\
            h - - [10/Oct/2000:13:55:38 -0700] \"PO"
            .to_vec(),
        "access-log-json" => b"{\"time_iso8601\":\"2000-10-10T20:55:36+00:00\",\"request\":\"GET /a HTTP/1.1\",\"body_bytes_sent\":\"2326\"}\n\
            {\"msec\":971211337.000,\"request_method\":\"POST\",\"uri\":\"/b\",\"bytes_sent\":7}\n\
            {\"time_local\":\"10/Oct/2000:13:55:38 -0700\",\"request\":\"\",\"status\":400}\n\
            {\"request\":\"PU"
            .to_vec(),
        "jsonl" => b"{\"ts\":1.5,\"op\":\"GET\",\"key\":\"a\",\"size\":10,\"tenant\":\"x\"}\n\
            {\"ts\":\"1970-01-01T00:00:02Z\",\"op\":\"set\",\"key\":7,\"size\":20,\"ttl\":60,\"other\":[1]}\n"
            .to_vec(),
        "memcached" => b"<28 new auto-negotiating client connection\n\
            28: Client using the ascii protocol\n<28 get a b\n>28 END\n<28 set a 0 60 300\n\
            >28 STORED\n<28 delete a\n"
            .to_vec(),
        "redis-monitor" => b"OK\n1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\n\
            1339518087.877697 [0 127.0.0.1:60866] \"GET\" \"a\\x01\"\n\
            1339518090.420270 [9 [::1]:60866] \"set\" \"x\" \"6\" \"EX\" \"60\"\n\
            1339518096.506257 [0 lua] \"MGET\" \"a\" \"b\"\n\
            1339518099.363765 [0 unix:/s] \"DEL\" \"a\"\n1339518100.1 [0"
            .to_vec(),
        "alb" => b"http 2018-07-02T22:23:00.186641Z app/lb/1 192.0.2.1:28 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 \"GET http://www.example.com:80/a HTTP/1.1\" \"curl\" - -\n\
            2018-07-02T22:23:01.186641Z lb 192.0.2.1:28 - -1 -1 -1 504 0 34 0 \"- - - \" \"-\" - -\n"
            .to_vec(),
        "alibaba-block" => b"419,W,8792731648,16384,1577808144360767\n725,R,8792731648,4096,1577808144360768\n"
            .to_vec(),
        "envoy" => b"[2016-04-15T20:17:00.310Z] \"GET /a HTTP/2\" 200 - 0 154 226 100 \"10.0.35.28\" \"agent\" \"id\" \"locations\" \"tcp://10.0.2.1:80\"\n\
            [2016-04-15T20:17:01.310Z] \"POST /a HTTP/2\" 204 - via_upstream - \"-\" 154 0 226 100 \"10.0.35.28\" \"agent\" \"id\" \"locations\" \"10.0.2.1:80\"\n"
            .to_vec(),
        "haproxy" => b"Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html HTTP/1.1\"\n\
            10.0.1.2:33318 [06/Feb/2009:12:14:15.655] http-in static/<NOSRV> -1/-1/-1/-1/109 400 0 - - PR-- 1/1/1/1/0 0/0 \"<BADREQ>\"\n"
            .to_vec(),
        "ibm-cos" => b"1219008 REST.PUT.OBJECT 8d4fcda3d675bac9 1056\n1221974 REST.HEAD.OBJECT 39d177fb735ac5df 528\n\
            1221975 REST.GET.OBJECT 8d4fcda3d675bac9 1056 0 528\n"
            .to_vec(),
        "lcs" => lcs_file(),
        "lrb" => b"0 3 1024 1\n1 5 2048 2\n2 3 1024 1\n".to_vec(),
        "memcached-watch" => b"OK\nts=1466120000.5 gid=1 type=item_get key=a%20b status=not_found clsid=0\n\
            ts=1466120001.5 gid=2 type=item_store key=a%20b status=stored cmd=set ttl=60 clsid=1 cfd=17 size=3\n\
            ts=1466120002.5 gid=3 type=eviction key=c fetch=yes ttl=0\n"
            .to_vec(),
        "meta-cdn" => b"timestamp,cacheKey,OpType,objectSize,responseSize\n1600000000,7,1,100,50\n1600000001,7,2,100,0\n"
            .to_vec(),
        "meta-kvcache" => b"key,op,size,op_count,key_size\n17,SET,82,1,40\n17,GET,0,2,40\n17,GET_LEASE,82,1,40\n"
            .to_vec(),
        "msr" => b"128166372003061629,hm,1,Read,383496192,32768,413\n128166372013061629,prn,0,Write,383496192,4096,413\n"
            .to_vec(),
        "s3" => b"79a5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT a.jpg \"GET /a.jpg?x HTTP/1.1\" 206 - 113 3000 7 - \"-\" \"agent\" -\n\
            79a5 bucket [06/Feb/2019:00:00:39 +0000] 192.0.2.3 79a5 3E58 REST.PUT.OBJECT a.jpg \"PUT /a.jpg HTTP/1.1\" 200 - - 4000 7 - \"-\" \"agent\" -\n\
            79a5 bucket [06/Feb/2019:00:00:40 +0000] 192.0.2.3 79a5 3E59 REST.GET.VERSIONING - \"GET /?versioning HTTP/1.1\" 200 - 113 - 7 - \"-\" \"agent\" -\n"
            .to_vec(),
        "squid" => b"1495973309.909   1064 192.0.2.9 TCP_MISS/200 1958 GET http://www.example.com/a.xml - HIER_DIRECT/192.0.2.8 text/xml\n\
            1495973310.300      0 192.0.2.9 TCP_DENIED/403 13153 CONNECT www.example.com:443 - HIER_NONE/- text/html\n"
            .to_vec(),
        "standard-iii" => standard_records(4),
        "standard-iqi" => standard_records(8),
        "standard-iqibh" => operation_records(namespace_fields),
        "oracle-general-op-ns" => operation_records(|key, op, namespace| {
            [namespace_fields(key, op, namespace), (-1_i64).to_le_bytes().to_vec()].concat()
        }),
        "twr" => operation_records(|key, op, _| twitter_fields(key, op)),
        "twr-ns" => operation_records(|key, op, namespace| {
            [twitter_fields(key, op), namespace.to_le_bytes().to_vec()].concat()
        }),
        "tencent-block" => b"1538323200,12910952,128,0,1063\n1538323201,12910952,8,1,1064\n".to_vec(),
        "twitter-cluster" => b"0,nz:u:a,12,100,7,get,0\n1,nz:u:a,12,0,7,get,0\n2,nz:u:a,12,110,8,set,3600\n".to_vec(),
        "w3c" => b"#Version: 1.0\n#Fields: date time cs-method cs-host cs-uri-stem cs-uri-query sc-status sc-bytes\n\
            2016-01-01 00:00:01 GET a.example /a q=1 200 392\n2016-01-01 00:00:02 GET a.example /a - 304 0\n"
            .to_vec(),
        "address" => b"s 0x1fffff50 1\nl 0x1F 6\n".to_vec(),
        "arc" => b"5 2 0 1\n7 1 0 2\n".to_vec(),
        "csv" => b"time,op,key,size,ttl\n1.5,GET,a,10,\n2,set,\"b,c\",20,60\n3,del,a,,\n".to_vec(),
        "libcachesim-csv" => b"version,time,op,size,lbn\n1,5,2a,512,42\n1,6,28,8,43\n".to_vec(),
        "lirs" => b"5\n*\n\n7\n5".to_vec(),
        "oracle-general" => [oracle_record(7, 99, 10, 2), oracle_record(9, 99, 11, -1)].concat(),
        "tsv" => b"key\tsize\na b\t10\nc,d\t20\n".to_vec(),
        "twitter-csv" => b"# time, object, size, next\n0, 13, 737, 13\n2, 14, 1, -1\n".to_vec(),
        "u32-be" => [7_u32, 9, 7].iter().flat_map(|key| key.to_be_bytes()).collect(),
        "u64-be" => [7_u64, 9, 7].iter().flat_map(|key| key.to_be_bytes()).collect(),
        "vscsi" => [vscsi_record(512, 0x2a, 1, 42, 5), vscsi_record(8, 0x28, 1, 43, 6)].concat(),
        other => panic!("{other} has no example; add one here"),
    }
}
